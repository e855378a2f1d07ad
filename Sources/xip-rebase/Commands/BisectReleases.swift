import ArgumentParser
import Host
import KernelTrees
import PatchStack
import Reports
import VersionMatrix
import Versions

/// Finds the release that breaks the series.
struct BisectReleases: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bisect",
    abstract: "Find the first release, and with a history the first commit, on which the series fails.",
    discussion: """
      Looks at the releases from GOOD to BAD that are stored or to be had, in as few climbs as halving takes, up to the \
      rung that --until names. What check can tell is told without a climb; results on record that stand are not made \
      again, so a search that was interrupted goes on where it was. Where the repository has the history between the \
      two releases that are left, the commits follow. Releases of which nothing can be told are passed over and named.

      Example: xip-rebase bisect v6.12.38 v7.1.13 --until rebased
      Example: xip-rebase bisect v6.12.107 v6.17.8 --offline
      """)

  @Argument(help: "A release that passes.", completion: .listedVersions)
  var good: VersionSelector

  @Argument(help: "A later one that fails.", completion: .listedVersions)
  var bad: VersionSelector

  @Option(help: "The last rung to climb: fetched, rebased, compiled, laid-out, booted or proved.")
  var until: Rung = .proved

  @Flag(help: "Ask no source: only what is in the store.")
  var offline = false

  @OptionGroup var build: BuildOptions
  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    let record = try Record.load(project.record)
    let (good, bad) = try (
      good.version(from: { record.versions }, place: "listed"),
      bad.version(from: { record.versions }, place: "listed")
    )
    let variants = try series.variants(project)
    _ = try series.warnOfUnlisted(variants)
    let store = try await store.store()
    let sources = offline ? TreeSources([]) : try self.store.sources()
    var ladder = Ladder(
      project: project, variants: variants, series: try series.load(project), store: store, sources: sources,
      cache: try self.store.cache(), compiler: build.toolchain, goal: until, jobs: build.compilers)
    ladder.byteOrder = build.byteOrder
    var bisect = try Bisect(ladder, good: good, bad: bad)
    let display = terminal.display()
    defer { display.clear() }
    display.progress(.began("asking what can be had"))
    let availability = await sources.available(in: store, progress: display.progress)
    for failure in availability.failures { display.progress(.noted("\(failure.source): \(failure.reason)")) }
    let finding = try await bisect.run(
      among: availability.versions, record: record, progress: display.progress
    ) { result in
      guard result.verdict == .fail || result.verdict == .pass && until >= .booted else { return }
      try Record.fill(result, in: project.record)
    }
    display.clear()
    let document = BisectDocument(finding)
    if terminal.json {
      Output.standard.write(try document.json)
    } else {
      for line in document.lines {
        Output.standard.line(line.hasPrefix("first bad") ? terminal.style(line, .bold) : line)
      }
    }
  }
}
