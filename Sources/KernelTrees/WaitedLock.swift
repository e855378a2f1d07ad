import Host
import SystemPackage

/// Calls `body` while holding the lock at `path`, after waiting for a process that holds it.
///
/// The lock's file is made with the directories above it. `task` says what the other process is doing, as in
/// "another xip-rebase is *importing a tree*"; progress is told once that there is a wait.
func withLock<Value>(
  _ path: FilePath, while task: String, progress: Progress,
  body: () async throws(TreeError) -> Value
) async throws(TreeError) -> Value {
  do throws(FileFailure) {
    try Files.makeDirectory(path.removingLastComponent())
  } catch {
    throw .file(error)
  }
  var told = false
  while true {
    if let lock = try tryLock(path) {
      defer { extendLifetime(lock) }
      return try await body()
    }
    if !told { progress(.noted("another xip-rebase is \(task); waiting for it (lock: \(path))")) }
    told = true
    do {
      try await Task.sleep(for: .milliseconds(100))
    } catch {
      throw .cancelled
    }
  }
}

private func tryLock(_ path: FilePath) throws(TreeError) -> FileLock? {
  do throws(FileFailure) {
    return try FileLock(path)
  } catch {
    throw .file(error)
  }
}
