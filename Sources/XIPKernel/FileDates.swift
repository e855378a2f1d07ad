import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Sets the dates of the file at `path` to 1 January 2026, 00:00 UTC.
func setConstantDate(of path: FilePath) throws(FileFailure) {
  let date = timespec(tv_sec: 1_767_225_600, tv_nsec: 0)
  guard utimensat(AT_FDCWD, path.string, [date, date], 0) == 0 else {
    throw FileFailure("date", path, Errno(rawValue: errno))
  }
}

/// Removes from `directory` and below what a killed build may have left half-written.
///
/// `make` takes a half-written object for a finished one, as it is newer than its sources. Those that were being
/// written are among the last ones touched, or have no bytes yet.
///
/// - Parameters:
///   - directory: The directory of the objects.
///   - kept: Names in `directory` itself that are left alone.
///   - margin: How long before the last write of all a file counts as suspect, in seconds.
/// - Returns: How many files were removed.
/// - Throws: `FileFailure` when one cannot be.
@discardableResult
func removeUnfinished(
  in directory: FilePath, keeping kept: Set<String>, margin: Int = 10
) throws(FileFailure) -> Int {
  var files: [(path: FilePath, date: Int, size: Int)] = []
  func collect(_ directory: FilePath, top: Bool) throws(FileFailure) {
    for name in try Files.list(directory) where !(top && kept.contains(name)) {
      let path = directory.appending(name)
      var status = stat()
      guard lstat(path.string, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try collect(path, top: false)
      case S_IFREG: files.append((path, status.st_mtim.tv_sec, Int(status.st_size)))
      default: break
      }
    }
  }
  try collect(directory, top: true)
  guard let last = files.map(\.date).max() else { return 0 }
  var removed = 0
  for file in files {
    let isEmptyObject = file.size == 0 && ["o", "a"].contains(file.path.extension)
    guard file.date >= last - margin || isEmptyObject else { continue }
    try Files.remove(file.path)
    removed += 1
  }
  return removed
}
