import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A small file system, to fill.
public enum SmallDisk {
  /// Whether this process may mount one.
  public static let isPossible: Bool = {
    guard geteuid() == 0 else { return false }
    let path = "/tmp/xip-rebase-mount-\(getpid())"
    mkdir(path, 0o755)
    defer { rmdir(path) }
    guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return false }
    return umount2(path, Int32(MNT_DETACH)) == 0
  }()

  /// Calls `body` with a file system of one megabyte mounted at `path`.
  public static func with(at path: FilePath, _ body: () async throws -> Void) async throws {
    try Files.makeDirectory(path)
    guard mount("tmpfs", path.string, "tmpfs", 0, "size=1m") == 0 else { throw Errno(rawValue: errno) }
    defer { umount2(path.string, Int32(MNT_DETACH)) }
    try await body()
  }
}
