import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix
import Versions

/// Writes the series as patches for another version.
struct Refresh: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh",
    abstract:
      "Write the series as patches for this version; those that are right as they are keep their bytes.",
    discussion: """
      Example: xip-rebase refresh v6.18.15 --to series-6.18 --cover-letter
      """)

  @Argument(help: "A stored release, or latest.", completion: .storedVersions)
  var version: VersionSelector

  @Option(
    help: ArgumentHelp("An empty or new directory. Default: series-VERSION.", valueName: "dir"),
    completion: .directory)
  var to: String?

  @Flag(
    help: "Write a cover letter too, ready for git send-email or b4, with the record as its testing section.")
  var coverLetter = false

  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    let version = try store.storedVersion(version)
    let carried = try series.variants(project).series(for: version)
    var rebaser = try Rebaser(carried, repository: store.repository())
    guard var refreshed = try rebaser.refresh(onto: version.tag) else {
      throw Conflicted(try rebaser.rebase(onto: version.tag))
    }
    if coverLetter {
      let record = try Record.load(project.record)
      refreshed.addCoverLetter(testing: record.testing(of: carried.identity))
    }
    let directory = FilePath(to ?? "series-\(version.tag)")
    try refreshed.write(to: directory)
    Output.standard.line("\(directory)")
  }
}
