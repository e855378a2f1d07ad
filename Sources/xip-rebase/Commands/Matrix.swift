import ArgumentParser
import Host
import KernelTrees
import PatchStack
import Reports
import VersionMatrix
import Versions
import XIPKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Brings the whole record up to date.
struct Matrix: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matrix",
    abstract: "Climb the ladder for every listed version whose result on record does not stand any more.",
    discussion: """
      A result stands as long as nothing that decides it has changed: the release, the series, configuration, shim and \
      user space, compiler and QEMU. Each result is recorded as soon as there is one, so an interrupted matrix goes on \
      where it was.

      With --new the record first lists what is new: of each line that it follows the newest release that can be had, and \
      the newest of each line after those; with RANGES all of them that can be had. With --shard each of N machines runs a \
      share, the same one each time; record merge puts their records together.

      Example: xip-rebase matrix
      Example: xip-rebase matrix lts --toolchain gcc
      Example: xip-rebase matrix --new
      Example: xip-rebase matrix --shard 2/3
      """)

  @OptionGroup var selection: SelectionOptions

  @Option(help: "The last rung to climb: booted or proved.")
  var until: Rung = .proved

  @Flag(help: "List first what can be had and is new: one command for a nightly job.")
  var new = false

  @Option(help: ArgumentHelp("Run the I-th of N shares, such as 2/3.", valueName: "i/n"))
  var shard: Shard?

  @Flag(help: "Run versions whose result stands, too.")
  var again = false

  @Option(help: "How many compilers run at once. Default: one a processor.")
  var jobs: Int?

  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func validate() throws {
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs has to be 1 or more") }
    guard until >= .booted else {
      throw ValidationError("--until has to be booted or proved: less is not recorded")
    }
  }

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    let display = terminal.display()
    defer { display.clear() }
    if new { try await listNew(in: project, display) }
    let record = try Record.load(project.record)
    let versions = try selection.versions(in: record)
    var ladders: [Ladder] = []
    for compiler in selection.toolchain.compilers {
      var ladder = Ladder(
        project: project, variants: try series.variants(project), series: try series.load(project),
        store: try await store.store(), sources: try store.sources(), cache: try store.cache(),
        compiler: compiler, goal: until, jobs: jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      ladder.isForced = again
      ladder.sharesBoots = true
      ladders.append(ladder)
    }
    let results = try await ladders.matrix(
      of: versions, record: record, shard: shard, again: again, progress: display.progress
    ) { result in
      // A climb that could not be finished says nothing about the version.
      guard result.verdict != .error else { return result }
      return try Record.add(result, to: project.record)
    }
    display.clear()
    try terminal.show(results)
  }

  /// Lists what can be had and is new.
  private func listNew(in project: Project, _ display: ProgressDisplay) async throws {
    display.progress(.began("asking what can be had"))
    let sources = try store.sources()
    let availability = await sources.available(in: try await store.store(), progress: display.progress)
    for failure in availability.failures { display.progress(.noted("\(failure.source): \(failure.reason)")) }
    guard availability.failures.count < sources.sources.count else { throw NothingAnswered() }
    let selectors = selection.ranges
    let new = try selectors.versionsToList(
      Record.load(project.record), among: availability.versions)
    try Record.change(project.record) { record in
      for version in new { record.list(version) }
    }
    display.progress(
      .ended(summary: new.isEmpty ? "nothing is new" : "new: \(new.map(\.tag).joined(separator: ", "))"))
  }
}

/// No source told what can be had.
private struct NothingAnswered: Failure {
  var blame: Blame { .infrastructure }
  var description: String {
    "no source answered, so what is new cannot be told; run matrix without --new, or name a remote in XIP_REBASE_REMOTE"
  }
}
