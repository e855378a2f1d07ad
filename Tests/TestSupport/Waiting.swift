import Host
public import SystemPackage

// What happens elsewhere is waited for by looking again and again: how long it takes is up to the machine, so the
// only limit is one for what never comes.

/// What was waited for and never came.
public struct NeverCame: Error, CustomStringConvertible {
  /// What it is, and that it did not come.
  public let description: String
}

/// Waits until `condition` holds.
///
/// - Parameters:
///   - what: What it tells of, for the error.
///   - condition: Asked every few milliseconds.
/// - Throws: `NeverCame` after half an hour, `CancellationError`, and what `condition` throws.
public func until(_ what: String, _ condition: () async throws -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(1800)
  while try await !condition() {
    guard ContinuousClock.now < end else { throw NeverCame(description: "\(what): not within half an hour") }
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Waits until there is something at `path`.
///
/// - Throws: `NeverCame` and `CancellationError`, as ``until(_:_:)`` does.
public func untilThere(_ path: FilePath) async throws {
  try await until("\(path)") { Files.exists(path) }
}

/// Waits until a whole line stands in `file`, such as the number of a process.
///
/// - Throws: `NeverCame` and `CancellationError`, as ``until(_:_:)`` does.
public func untilLine(in file: FilePath) async throws {
  try await until("a line in \(file)") { (try? Files.read(file))?.last == UInt8(ascii: "\n") }
}

/// Waits until the process whose number stands in `file` is gone, or a zombie that its parent will reap.
///
/// - Throws: `NeverCame` where it stays, `FileFailure` where no process wrote its number.
public func untilGone(_ file: FilePath) async throws {
  let text = String(decoding: try Files.read(file), as: UTF8.self)
  guard let number = text.split(whereSeparator: \.isWhitespace).first else {
    throw NeverCame(description: "\(file) names no process")
  }
  try await until("the end of process \(number)") {
    guard let status = try? Files.read(FilePath("/proc/\(number)/stat")) else { return true }
    return String(decoding: status, as: UTF8.self).contains(") Z ")
  }
}

/// Calls `body` with a second, then with twice as much, and so on, until it says that this was enough.
///
/// For a limit that has to be reached, but not before something else has happened.
///
/// - Parameter body: Returns whether the other thing had happened when the limit was reached.
/// - Throws: `NeverCame` when ten minutes are not enough, and what `body` throws.
public func withEnoughTime(_ body: (Duration) async throws -> Bool) async throws {
  var limit = Duration.seconds(1)
  while try await !body(limit) {
    limit *= 2
    guard limit < .seconds(600) else { throw NeverCame(description: "what takes less than \(limit)") }
  }
}
