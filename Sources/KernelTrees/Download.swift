import Host
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
    let headers = FilePath("\(target).headers")
    defer { try? Files.remove(headers) }
    let curl = Command(
      "curl",
      [
        "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "\(connectSeconds)",
        // A minute without a byte is a dead line.
        "--speed-limit", "1", "--speed-time", "60",
        "--continue-at", "-", "--dump-header", headers.string, "--output", part.string, "--", url,
      ])
    do {
      _ = try await withFileSizeProgress(
        part, total: { contentLength(headers, after: part) }, progress: progress
      ) { () async throws(CommandError) in try await curl.output() }
    } catch {
      guard case .failed(_, .exited(let code), let message) = error else {
        throw TreeError(error, writing: part)
      }
      let line =
        message.split(whereSeparator: \.isNewline).last.map(String.init) ?? "curl exited with \(code)"
      // The codes of curl's manual: a write error; a server, or a file, that cannot be resumed there.
      switch code {
      case 23: throw .file(FileFailure("write", part, .noSpace))
      case 33, 36: throw .command(error)
      case 22 where message.contains(" 416"): throw .command(error)
      default: throw .notThere(reason: "\(url): \(line)")
      }
    }
  }
}

/// Returns the size that the last response in `headers` gives for the whole file.
private func contentLength(_ headers: FilePath, after part: FilePath) -> Int? {
  guard let bytes = try? Files.read(headers) else { return nil }
  var length: Int?
  for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
    let parts = line.lowercased().split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { continue }
    let value = parts[1].drop { $0 == " " }
    switch parts[0] {
    case "content-length": length = Int(value)
    // `bytes 1000-4999/5000`, the answer to a request for the rest.
    case "content-range": return value.split(separator: "/").last.flatMap { Int($0) }
    default: break
    }
  }
  return length
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
