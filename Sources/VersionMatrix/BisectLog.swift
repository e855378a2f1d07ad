import Host
import KernelTrees
import PatchStack
import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What bisecting a series has found so far, so that a run that was interrupted goes on where it was.
///
/// The record has one result for each release and toolchain, and none for the commits between releases; of another series,
/// or of a rung below `booted`, it has nothing. All that lies here, in the cache, and can be made again.
struct BisectLog {
  private struct File: Codable {
    var schema = 1
    var results: [VersionResult]
  }

  private let path: FilePath
  private(set) var results: [VersionResult]

  /// Reads what is there of `series`; a file that cannot be read is as good as none.
  init(of series: String, in ladder: Ladder) {
    path = ladder.cache.path.appending("bisect").appending("\(series.prefix(16)).json")
    let bytes = (try? Files.read(path)) ?? []
    let file = try? JSONDecoder().decode(File.self, from: Data(bytes))
    results = file.flatMap { $0.schema == 1 ? $0.results : nil } ?? []
  }

  /// Returns the result of `version`, a tag or a commit.
  func result(_ version: String, toolchain: String) -> VersionResult? {
    results.first { $0.version == version && $0.toolchain == toolchain }
  }

  /// Keeps `result`, which has a content key.
  mutating func add(_ result: VersionResult) throws(FileFailure) {
    results.removeAll { $0.version == result.version && $0.toolchain == result.toolchain }
    results.append(result)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(File(results: results)) else {
      preconditionFailure("results are plain data")
    }
    try Files.makeDirectory(path.removingLastComponent())
    try Files.write(Array(data), to: path)
  }
}
