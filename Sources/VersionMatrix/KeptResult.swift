import Host
import KernelTrees
import SystemPackage
import XIPKernel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The result that stands beside the kernels it speaks of, so that no rung is climbed twice for the same content.
///
/// It is written when a rung is reached and removed before anything is compiled: where it stands, all that belongs to
/// the rung it names and those below is whole.
enum KeptResult {
  /// Returns the result kept in `files` if it is of `key`, and the rung that it reached, `compiled` or higher.
  static func read(from files: KernelFiles, key: String) -> (result: VersionResult, rung: Rung)? {
    guard let bytes = try? Files.read(path(in: files)),
      let result = try? JSONDecoder().decode(VersionResult.self, from: Data(bytes)),
      result.key == key, result.verdict == .pass, let rung = result.rung, rung >= .compiled,
      KernelKind.allCases.allSatisfy({ Files.exists(files.vmlinux($0)) }),
      rung < .laidOut || Files.exists(files.biosImage)
    else { return nil }
    return (result, rung)
  }

  /// Keeps `result` as one that passed as far as it came.
  static func write(_ result: VersionResult, to files: KernelFiles) throws(FileFailure) {
    var result = result
    result.verdict = .pass
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(result) else { preconditionFailure("a result is plain data") }
    try Files.write(Array(data), to: path(in: files))
  }

  /// Removes the result before what it speaks of changes.
  static func forget(in files: KernelFiles) throws(FileFailure) {
    try Files.remove(path(in: files))
  }

  private static func path(in files: KernelFiles) -> FilePath { files.directory.appending("result.json") }
}

extension Ladder {
  /// Makes the link to the last results lead to `files`.
  static func pointLast(at files: KernelFiles, in cache: CacheFolder) throws(FileFailure) {
    let link = lastResults(in: cache)
    let target = files.directory.lastComponent?.string ?? "."
    // Two versions may come to it at once, and two processes.
    let lock = try FileLock(waitingForDirectory: link.removingLastComponent())
    defer { withExtendedLifetime(lock) {} }
    let beside = link.withSuffix(".new")
    unlink(beside.string)
    guard symlink(target, beside.string) == 0, rename(beside.string, link.string) == 0 else {
      throw FileFailure("link", link, Errno(rawValue: errno))
    }
  }
}
