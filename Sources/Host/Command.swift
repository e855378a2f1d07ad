import Subprocess
import Synchronization
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A program to run in a process group of its own, none of which is left when the run ends.
///
/// A group outlives neither the run (whatever ignores `SIGTERM` gets `SIGKILL`) nor, unless it is fed input, the
/// tool itself: a watcher in the group holds the read end of a pipe and kills the group when the pipe closes
/// without a word, as it does when the tool is killed.
public struct Command: Sendable {
  /// The program's name, looked up in `PATH`, or its path.
  public var program: String

  /// The arguments after the program's name.
  public var arguments: [String]

  /// Changes to the inherited environment; nil removes a variable.
  public var environment: [String: String?]

  /// The variables that are inherited, or nil for all.
  public var inherited: Set<String>?

  /// What a program needs that is to see nothing of its user: where programs, files and temporary files are.
  public static let impersonal: Set<String> = ["PATH", "HOME", "TMPDIR"]

  /// Where the program starts, or nil for the current directory.
  public var directory: FilePath?

  /// Makes the command `program arguments`.
  public init(
    _ program: String,
    _ arguments: [String] = [],
    environment: [String: String?] = [:],
    inheriting inherited: Set<String>? = nil,
    in directory: FilePath? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.inherited = inherited
    self.directory = directory
  }

  /// How a program ended.
  public enum Status: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    /// Whether the program exited with 0.
    public var isSuccess: Bool { self == .exited(0) }
  }

  /// What a program left behind.
  public struct Completion: Sendable {
    /// How it ended.
    public let status: Status
    /// What it wrote to standard output.
    public let output: [UInt8]
    /// What it wrote to standard error.
    public let errorOutput: [UInt8]
  }
}

extension Command {
  /// Runs the program and passes on what it writes to standard output and standard error, in order.
  ///
  /// - Parameters:
  ///   - limit: The time after which the whole group is killed, or nil for none.
  ///   - output: Called with each piece as it arrives; pieces do not end where lines do.
  /// - Returns: How the program ended.
  /// - Throws: `CommandError` when it cannot start, is cancelled or runs out of time.
  @discardableResult
  public func run(
    limit: Duration? = nil, output: (RawSpan) -> Void
  ) async throws(CommandError) -> Status {
    try await guarded().run(
      input: .inputWriter, error: .combinedWithOutput, limit: limit, named: self,
      output: output, ending: { try await $0.standardInputWriter.letGo() }
    ).status
  }

  /// Runs the program and returns all it wrote.
  ///
  /// - Parameters:
  ///   - input: What the program reads from standard input, of which it may leave some, or nil for nothing.
  ///   - limit: The time after which the whole group is killed, or nil for none.
  /// - Returns: How the program ended and what it wrote.
  /// - Throws: `CommandError` when it cannot start, is cancelled, runs out of time or writes over 64 MiB to
  ///   standard error.
  public func completion(
    input: [UInt8]? = nil, limit: Duration? = nil
  ) async throws(CommandError) -> Completion {
    var collected: [UInt8] = []
    let collect = { (bytes: RawSpan) in
      bytes.withUnsafeBytes { collected.append(contentsOf: $0) }
    }
    let ended: (status: Status, errorOutput: [UInt8])
    if let input {
      ended = try await self.run(
        input: Bytes(bytes: input), error: .bytes(limit: 1 << 26), limit: limit, named: self,
        output: collect, ending: { _ in })
    } else {
      ended = try await guarded().run(
        input: .inputWriter, error: .bytes(limit: 1 << 26), limit: limit, named: self,
        output: collect, ending: { try await $0.standardInputWriter.letGo() })
    }
    return Completion(status: ended.status, output: collected, errorOutput: ended.errorOutput)
  }

  /// Runs the program on what can be read from `input`, which is closed, and returns all it wrote.
  ///
  /// The program sees its input end when the tool dies, so it needs no watcher.
  ///
  /// - Parameter input: The read end of a pipe that another thread fills, or an open file.
  /// - Returns: How the program ended and what it wrote.
  /// - Throws: `CommandError` when it cannot start or is cancelled.
  public func completion(reading input: FileDescriptor) async throws(CommandError) -> Completion {
    var collected: [UInt8] = []
    let ended = try await run(
      input: .fileDescriptor(input, closeAfterSpawningProcess: true), error: .bytes(limit: 1 << 26),
      limit: nil, named: self,
      output: { bytes in bytes.withUnsafeBytes { collected.append(contentsOf: $0) } },
      ending: { _ in })
    return Completion(status: ended.status, output: collected, errorOutput: ended.errorOutput)
  }

  /// Runs the program and returns what it wrote to standard output.
  ///
  /// - Throws: `CommandError`, also when the program does not exit with 0.
  public func output(input: [UInt8]? = nil, limit: Duration? = nil) async throws(CommandError) -> [UInt8] {
    let completion = try await completion(input: input, limit: limit)
    guard completion.status.isSuccess else {
      throw .failed(
        self, completion.status, message: String(decoding: completion.errorOutput, as: UTF8.self))
    }
    return completion.output
  }

  /// Returns the path of the program, or nil when `PATH` has none of that name.
  public func resolved() -> FilePath? {
    if program.contains("/") { return isExecutable(program) ? FilePath(program) : nil }
    let inherited = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let path = environment["PATH"].flatMap { $0 } ?? inherited
    for directory in path.split(separator: ":") {
      let candidate = "\(directory)/\(program)"
      if isExecutable(candidate) { return FilePath(candidate) }
    }
    return nil
  }
}

extension Command: CustomStringConvertible {
  /// The command as a shell would take it.
  public var description: String {
    ([program] + arguments).map(shellQuoted).joined(separator: " ")
  }
}

extension Command {
  /// Returns the command under the watcher that ends its group when the tool dies.
  private func guarded() throws(CommandError) -> Command {
    guard let path = resolved() else { throw .notFound(program: program) }
    // `read` fails at the end of the pipe, and succeeds on a word. The watcher is no child of the program, which
    // becomes the leader of the group.
    let script = """
      exec 3<&0 </dev/null
      ( { read -r word <&3 || kill -s KILL -- -$$; } >/dev/null 2>&1 & )
      exec 3<&-
      exec "$@"
      """
    var command = self
    command.program = "/bin/sh"
    command.arguments = ["-c", script, program, path.string] + arguments
    return command
  }

  /// The environment that the program gets.
  private var variables: Environment {
    var changes: [Environment.Key: String?] = [:]
    for (key, value) in environment { changes[Environment.Key(stringLiteral: key)] = value }
    guard let inherited else { return .inherit.updating(changes) }
    var kept: [Environment.Key: String] = [:]
    for name in inherited {
      if let value = getenv(name) { kept[Environment.Key(stringLiteral: name)] = String(cString: value) }
    }
    return .custom(kept).updating(changes)
  }

  private func run<Input: InputProtocol, Error: ErrorOutputProtocol>(
    input: Input,
    error: Error,
    limit: Duration?,
    named original: Command,
    output: (RawSpan) -> Void,
    ending: (Execution<Input, SequenceOutput, Error>) async throws -> Void
  ) async throws(CommandError) -> (status: Status, errorOutput: [UInt8]) {
    guard let path = resolved() else { throw .notFound(program: program) }
    _ = writesReportClosedPipes
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(3))
    ]

    var group: pid_t?
    let timedOut = Atomic(false)
    let result: ExecutionResult<Void, SequenceOutput, Error>
    do {
      result = try await Subprocess.run(
        .path(path), arguments: Arguments(arguments), environment: variables,
        workingDirectory: directory, platformOptions: options,
        input: input, output: .sequence, error: error
      ) { execution in
        let leader = execution.processIdentifier.value
        group = leader
        try await withDeadline(limit, kill: leader, flag: timedOut) {
          for try await piece in execution.standardOutput { output(piece.bytes) }
        }
        try await ending(execution)
      }
    } catch {
      if let group { kill(-group, SIGKILL) }
      if timedOut.load(ordering: .acquiring), let limit { throw .timedOut(original, limit: limit) }
      if Task.isCancelled { throw .cancelled(original) }
      throw .notRun(original, reason: "\(error)")
    }
    if let group { kill(-group, SIGKILL) }
    if timedOut.load(ordering: .acquiring), let limit { throw .timedOut(original, limit: limit) }
    if Task.isCancelled { throw .cancelled(original) }
    let status: Status =
      switch result.terminationStatus {
      case .exited(let code): .exited(code)
      case .signaled(let signal): .signalled(signal)
      }
    return (status, result.standardError as? [UInt8] ?? [])
  }
}

/// Runs `body`, and kills the group of `leader` when `limit` passes first.
private func withDeadline(
  _ limit: Duration?, kill leader: pid_t, flag: borrowing Atomic<Bool>, body: () async throws -> Void
) async throws {
  guard let limit else { return try await body() }
  let expired = Expiry()
  let watchdog = Task {
    try await Task.sleep(for: limit)
    expired.happened.store(true, ordering: .releasing)
    kill(-leader, SIGKILL)
  }
  defer {
    watchdog.cancel()
    if expired.happened.load(ordering: .acquiring) { flag.store(true, ordering: .releasing) }
  }
  try await body()
}

/// Writing to a program that is gone fails, instead of ending the tool: its group may go between any two steps.
///
/// Programs do not inherit this: they start with every signal at its default.
private let writesReportClosedPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

private final class Expiry: Sendable {
  let happened = Atomic(false)
}

/// What a program reads from standard input.
///
/// One that ends before it has read all says itself why. The library's own `.array` would leave the pipe open when a
/// write fails, and that ends the tool: "FileDescriptor … was not closed" (swift-subprocess 1.0.2).
private struct Bytes: InputProtocol {
  let bytes: [UInt8]

  func write(with writer: StandardInputWriter) async throws {
    _ = try? await writer.write(bytes)
    try await writer.finish()
  }
}

extension StandardInputWriter {
  /// Says the word that lets the watcher go without killing its group.
  fileprivate func letGo() async throws {
    // The pipe has no reader when the group is gone already.
    _ = try? await write("done\n")
  }
}

private func isExecutable(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
}

/// Returns `word` as a shell reads it back, quoted only where it must be.
public func shellQuoted(_ word: String) -> String {
  let plain = word.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_./=+,:@%".utf8.contains(byte)
    }
  }
  if plain && !word.isEmpty { return word }
  return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
