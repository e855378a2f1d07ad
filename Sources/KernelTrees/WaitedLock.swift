public import Host
import Synchronization
public import SystemPackage

/// A lock that was waited for, held until it is let go or nobody has the value any more.
public final class WaitedLock: Sendable {
  private let lock: Mutex<FileLock?>

  private init(_ lock: consuming FileLock) {
    self.lock = Mutex(lock)
  }

  /// Waits for the lock at `path`.
  ///
  /// - Parameters:
  ///   - path: The lock's file, which is made with the directories above it.
  ///   - task: What the other process is doing, as in "another xip-rebase is *importing a tree*".
  ///   - progress: Told once that there is a wait, and for whom.
  /// - Returns: The lock.
  /// - Throws: `TreeError` when the file cannot be made, or the task is cancelled.
  public static func take(
    _ path: FilePath, while task: String, progress: Progress
  ) async throws(TreeError) -> WaitedLock {
    do throws(FileFailure) {
      try Files.makeDirectory(path.removingLastComponent())
    } catch {
      throw .file(error)
    }
    var told = false
    while true {
      if let lock = try tryLock(path) { return WaitedLock(lock) }
      if !told {
        let who = FileLock.holder(path).map { " (\($0))" } ?? ""
        progress(.noted("another xip-rebase\(who) is \(task); waiting for it (lock: \(path))"))
      }
      told = true
      do {
        try await Task.sleep(for: .milliseconds(100))
      } catch {
        throw .cancelled
      }
    }
  }

  /// Lets go of the lock.
  public func letGo() {
    lock.withLock { $0 = nil }
  }
}

/// Calls `body` while holding the lock at `path`, as ``WaitedLock/take(_:while:progress:)`` waits for it.
func withLock<Value>(
  _ path: FilePath, while task: String, progress: Progress,
  body: () async throws(TreeError) -> Value
) async throws(TreeError) -> Value {
  let lock = try await WaitedLock.take(path, while: task, progress: progress)
  defer { lock.letGo() }
  return try await body()
}

private func tryLock(_ path: FilePath) throws(TreeError) -> FileLock? {
  do throws(FileFailure) {
    return try FileLock(path)
  } catch {
    throw .file(error)
  }
}
