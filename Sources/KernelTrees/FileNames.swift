import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Returns a suffix that no other process or call gets.
func uniqueSuffix() -> String { "\(getpid())-\(UInt32.random(in: 0...UInt32.max))" }

/// Renames `source` to `target`, over a file there; returns whether that was done.
func renamed(_ source: FilePath, to target: FilePath) -> Bool {
  rename(source.string, target.string) == 0
}

/// Returns the size of the file at `path` in bytes, or nil when there is none.
func fileSize(_ path: FilePath) -> Int? {
  var status = stat()
  return stat(path.string, &status) == 0 ? Int(status.st_size) : nil
}

/// Returns whether the disk at `path` has less than a megabyte left, for git does not always say why it could not
/// write a file.
func isNearlyFull(_ path: FilePath) -> Bool {
  var disk = statvfs()
  guard statvfs(path.string, &disk) == 0 else { return false }
  return UInt64(disk.f_bavail) * UInt64(disk.f_frsize) < 1 << 20
}

/// Writes to disk what the directory at `path` lists.
func syncDirectory(_ path: FilePath) {
  guard let directory = try? FileDescriptor.open(path, .readOnly) else { return }
  fsync(directory.rawValue)
  try? directory.close()
}

/// Returns the SHA-256 of the file at `path` in hexadecimal digits.
func sha256(of path: FilePath) async throws(TreeError) -> String {
  do {
    let output = try await Command("sha256sum", ["--binary", "--", path.string]).output()
    // A backslash leads the line when the name needs quoting.
    return String(decoding: output.drop { $0 == UInt8(ascii: "\\") }.prefix(64), as: UTF8.self)
  } catch {
    throw TreeError(error, writing: path)
  }
}
