import Host
import Synchronization
import SystemPackage

/// One file fetched by `curl`, on to where an earlier run stopped.
struct Download: Sendable {
  /// Where the file is, as any URL that curl knows.
  let url: String

  /// Where the whole file goes; while it grows it has `.part` behind its name.
  let target: FilePath

  /// Whether an earlier run left some of it, or all.
  var isBegun: Bool { Files.exists(target) || Files.exists(part) }

  private var part: FilePath { FilePath("\(target).part") }

  /// Fetches the file unless it is there already.
  ///
  /// - Throws: `TreeError.notThere` when the server does not have it or does not answer.
  func callAsFunction(progress: Progress = .silent) async throws(TreeError) {
    guard !Files.exists(target) else { return }
    do throws(TreeError) {
      try await fetch(progress: progress)
    } catch {
      // Bytes that the server will not continue, or has no more of, may be of another file.
      guard case .command(.failed) = error else { throw error }
      try? Files.remove(part)
      try await fetch(progress: progress)
    }
    do throws(FileFailure) {
      try Files.move(part, to: target)
    } catch {
      throw .file(error)
    }
  }

  private func fetch(progress: Progress) async throws(TreeError) {
    let curl = Command(
      "curl",
      [
        "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "\(connectSeconds)",
        // A minute without a byte is a dead line.
        "--speed-limit", "1", "--speed-time", "60",
        "--continue-at", "-", "--dump-header", "-", "--output", part.string, "--", url,
      ])
    // The headers come before the file, and what went wrong behind it.
    let words = CurlWords()
    do throws(CommandError) {
      let status = try await withFileSizeProgress(part, total: { words.size }, progress: progress) {
        () async throws(CommandError) in try await curl.run { words.add($0) }
      }
      guard status.isSuccess else { throw .failed(curl, status, message: words.failure) }
    } catch {
      guard case .failed(_, .exited(let code), let message) = error else {
        throw TreeError(error, writing: part)
      }
      let line = message.isEmpty ? "curl exited with \(code)" : message
      // The codes of curl's manual: a write error; a server, or a file, that cannot be resumed there.
      switch code {
      case 23: throw failure(toWrite: error)
      case 33, 36: throw .command(error)
      case 22 where message.contains(" 416"): throw .command(error)
      default: throw .notThere(reason: "\(url): \(line)")
      }
    }
  }
}

extension Download {
  /// Returns why the file cannot be written, which curl does not tell.
  private func failure(toWrite error: CommandError) -> TreeError {
    let probe = FilePath("\(part).probe")
    defer { try? Files.remove(probe) }
    do throws(FileFailure) {
      try Files.write([UInt8](repeating: 0, count: 1 << 16), to: probe)
      return .command(error)
    } catch {
      return .file(FileFailure("write", part, error.reason))
    }
  }
}

/// What curl says of a download: the headers of each response, and at the end what went wrong.
private final class CurlWords: Sendable {
  private struct State {
    var lines = Lines()
    /// Of the last response: what is to come, and how large the whole file is where only the rest was asked for.
    var coming: Int?
    var whole: Int?
    var failure = ""
  }
  private let state = Mutex(State())

  /// The size that the last response gives for the whole file, in bytes; nil when it gives none.
  var size: Int? { state.withLock { $0.whole ?? $0.coming } }

  /// Curl's own line about a failure, empty when it said nothing.
  var failure: String {
    state.withLock { state in
      var lines = state.lines
      lines.finish { Self.read($0, &state) }
      return state.failure
    }
  }

  /// Takes the next piece of what curl wrote.
  func add(_ piece: RawSpan) {
    state.withLock { state in
      var lines = state.lines
      lines.add(piece) { Self.read($0, &state) }
      state.lines = lines
    }
  }

  private static func read(_ line: ArraySlice<UInt8>, _ state: inout State) {
    let line = String(decoding: line, as: UTF8.self)
    // The next response, as behind a redirection.
    if line.hasPrefix("HTTP/") { (state.coming, state.whole) = (nil, nil) }
    let parts = line.split(separator: ":", maxSplits: 1)
    let value = parts.last?.drop { $0 == " " } ?? ""
    switch parts.first?.lowercased() {
    case "curl": state.failure = line
    case "content-length": state.coming = Int(value)
    // `bytes 1000-4999/5000`, the answer to a request for the rest.
    case "content-range": state.whole = value.split(separator: "/").last.flatMap { Int($0) }
    default: break
    }
  }
}

/// Runs `body` and tells meanwhile how large the file at `path` has grown, of what `total` returns if it knows.
func withFileSizeProgress<Value: Sendable>(
  _ path: FilePath, total: @escaping @Sendable () -> Int?, progress: Progress,
  body: () async throws(CommandError) -> Value
) async throws(CommandError) -> Value {
  let watcher = Task {
    var last = -1
    while !Task.isCancelled {
      if let size = fileSize(path), size != last {
        progress(.advanced(done: size, of: total(), unit: "bytes"))
        last = size
      }
      try? await Task.sleep(for: .milliseconds(100))
    }
  }
  defer { watcher.cancel() }
  let value = try await body()
  if let size = fileSize(path) { progress(.advanced(done: size, of: size, unit: "bytes")) }
  return value
}
