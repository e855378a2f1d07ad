public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A lock between processes on a file made for it, or on a directory; held until the value goes, or the process with it.
public struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock at `path`, or returns nil while another process holds it.
  public init?(_ path: FilePath) throws(FileFailure) {
    descriptor = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileFailure("lock", path, Errno(rawValue: errno)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
  }

  /// Waits for the lock on the directory at `path`; for what takes milliseconds.
  public init(waitingForDirectory path: FilePath) throws(FileFailure) {
    descriptor = open(path.isEmpty ? "." : path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure("lock", path, Errno(rawValue: errno)) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let reason = Errno(rawValue: errno)
        close(descriptor)
        throw FileFailure("lock", path, reason)
      }
    }
  }

  deinit {
    // The file stays: removing it would let two processes lock two files of one name. The lock is let go by name,
    // as a program that is being started holds a copy of the descriptor until it runs.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
