public import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The word that a directory of the cache is needed: as long as the value lives, nobody removes what is in it.
///
/// It is a lock on the directory itself, which any number of jobs share, and which goes with the process. Taking it
/// makes the directory the one used last, too.
public final class DirectoryHold: Sendable {
  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Holds the directory at `path`, made if need be; waits while its content is being removed.
  public convenience init(_ path: FilePath) throws(FileFailure) {
    while true {
      try Files.makeDirectory(path)
      let descriptor = try Self.opened(path)
      while flock(descriptor, LOCK_SH) != 0 {
        guard errno == EINTR else {
          let reason = Errno(rawValue: errno)
          close(descriptor)
          throw FileFailure("lock", path, reason)
        }
      }
      // It may have been removed while this waited.
      if Self.isStill(descriptor, at: path) {
        futimens(descriptor, nil)
        self.init(descriptor: descriptor)
        return
      }
      close(descriptor)
    }
  }

  /// Calls `body` while no job holds the directory at `path`, and none can; returns nil where one does.
  public static func whileUnused<Result>(
    _ path: FilePath, _ body: () throws(FileFailure) -> Result
  ) throws(FileFailure) -> Result? {
    let descriptor = try opened(path)
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isStill(descriptor, at: path) else { return nil }
    defer { flock(descriptor, LOCK_UN) }
    return try body()
  }

  private static func opened(_ path: FilePath) throws(FileFailure) -> Int32 {
    let descriptor = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure("lock", path, Errno(rawValue: errno)) }
    return descriptor
  }

  private static func isStill(_ descriptor: Int32, at path: FilePath) -> Bool {
    var held = stat()
    var there = stat()
    return fstat(descriptor, &held) == 0 && stat(path.string, &there) == 0 && held.st_ino == there.st_ino
      && held.st_dev == there.st_dev
  }

  deinit {
    // By name: a program that is being started holds a copy of the descriptor until it runs.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
