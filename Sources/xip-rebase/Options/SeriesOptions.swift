import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix

/// Which patches to carry.
struct SeriesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A quilt-style directory of patches. Default: series/.", valueName: "dir"),
    completion: .directory)
  var series: String?

  @Option(
    help: ArgumentHelp("The tag that the patches were made for.", valueName: "tag"),
    completion: .storedVersions)
  var base: String?

  func directory(_ project: Project) -> FilePath { series.map { FilePath($0) } ?? project.series }

  /// The series without a range.
  func load(_ project: Project) throws -> Series {
    try Series.load(directory(project), base: base)
  }

  /// The series in its forms for ranges of versions.
  func variants(_ project: Project) throws -> Variants {
    try Variants(in: directory(project), base: base)
  }

  /// Warns of patch files that the series does not list, and returns them.
  func warnOfUnlisted(_ variants: Variants) throws -> [String] {
    let files = try variants.unlisted().map(\.string)
    for file in files { Output.error.line("xip-rebase: warning: \(file) is not listed in a series file") }
    return files
  }
}
