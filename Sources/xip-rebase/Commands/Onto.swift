import ArgumentParser
import Host
import KernelTrees
import PatchStack
import Reports
import SystemPackage
import VersionMatrix
import Versions
import XIPKernel

/// Climbs the ladder for the versions named.
struct Onto: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onto",
    abstract: "Carry the series onto these versions; build, boot and prove each result, and record it.",
    discussion: """
      Example: xip-rebase onto v6.12.107
      Example: xip-rebase onto v6.18.15 --toolchain clang --until booted
      Example: xip-rebase onto lts --rebase-only
      """)

  @Argument(
    help: "Releases such as v6.12.107; of those listed also ranges, lines as 6.12.*, lts and latest.",
    completion: .listedVersions)
  var versions: [VersionSelector]

  @Option(help: "The last rung to climb: fetched, rebased, compiled, laid-out, booted or proved.")
  var until: Rung = .proved

  @Flag(help: "Stop when the series stands on the tag; the same as --until rebased.")
  var rebaseOnly = false

  @Flag(help: "Where a version cannot be had, take the newest one on record that can.")
  var orNewest = false

  @Flag(help: "Build two kernels that are wrong on purpose, and see the proofs fail on them; takes minutes.")
  var brokenKernels = false

  @Flag(help: "Boot programs that execute from flash, and the same ones from RAM; takes a minute.")
  var applications = false

  @OptionGroup var build: BuildOptions
  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func validate() throws {
    guard !brokenKernels || until == .proved && !rebaseOnly else {
      throw ValidationError("--broken-kernels is about the rung proved")
    }
    guard !applications || until == .proved && !rebaseOnly else {
      throw ValidationError("--applications is about the rung proved")
    }
  }

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    let variants = try series.variants(project)
    _ = try series.warnOfUnlisted(variants)
    var ladder = Ladder(
      project: project, variants: variants, series: try series.load(project),
      store: try await store.store(), sources: try store.sources(), cache: try store.cache(),
      compiler: build.toolchain, goal: rebaseOnly ? min(until, .rebased) : until, jobs: build.compilers)
    ladder.byteOrder = build.byteOrder
    ladder.buildsBrokenKernels = brokenKernels
    ladder.bootsApplications = applications
    if orNewest { ladder.substitutes = try Record.load(project.record).versions.sorted(by: >) }
    try await ladder.climb(try versions.versionsOnRecord(), talkingTo: terminal)
  }
}

extension Ladder {
  /// Climbs the ladder, records what comes of it, and prints it.
  func climb(_ versions: [Version], talkingTo terminal: TerminalOptions) async throws {
    // An ill record is told before anything is done.
    _ = try Record.load(project.record)
    let display = terminal.display()
    defer { display.clear() }
    let results = try await climb(versions, progress: display.progress) { result in
      // Below its last rung a passing result says less than the record may know already, and a climb that could
      // not be finished says nothing about the version.
      guard result.verdict == .fail || result.verdict == .pass && goal >= .booted else { return result }
      return try Record.add(result, to: project.record)
    }
    display.clear()
    try terminal.show(results)
  }
}
