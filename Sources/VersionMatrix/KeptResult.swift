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

/// The result that stands beside the kernels it speaks of, so that the same content is not built twice.
///
/// It is written last and removed first: where it stands, the kernels, image and logs beside it are whole.
enum KeptResult {
  /// Returns the result kept in `files` if it is of `key`, passed and reached `goal`.
  static func read(from files: KernelFiles, key: String, goal: Rung) -> VersionResult? {
    guard let bytes = try? Files.read(path(in: files)),
      let result = try? JSONDecoder().decode(VersionResult.self, from: Data(bytes)),
      result.key == key, result.verdict == .pass, let rung = result.rung, rung >= goal,
      Files.exists(files.biosImage)
    else { return nil }
    return result
  }

  static func write(_ result: VersionResult, to files: KernelFiles) throws(FileFailure) {
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
    let beside = FilePath("\(link).\(getpid()).new")
    let target = files.directory.lastComponent?.string ?? "."
    unlink(beside.string)
    guard symlink(target, beside.string) == 0, rename(beside.string, link.string) == 0 else {
      throw FileFailure("link", link, Errno(rawValue: errno))
    }
  }
}
