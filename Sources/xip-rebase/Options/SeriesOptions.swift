import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix

/// Which patches to carry.
struct SeriesOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A quilt-style directory of patches. Default: series/.", valueName: "dir"))
  var series: String?

  @Option(help: ArgumentHelp("The tag that the patches were made for.", valueName: "tag"))
  var base: String?

  func load(_ project: Project) throws -> Series {
    try Series.load(series.map { FilePath($0) } ?? project.series, base: base)
  }
}
