import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix
import Versions

/// How far to climb once a rebase went through.
struct OnwardOptions: ParsableArguments {
  @Option(help: "The last rung to climb: rebased, compiled, laid-out, booted or proved.")
  var until: Rung = .rebased

  @OptionGroup var build: BuildOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  /// Climbs on from what `rebase` came to, and prints it; conflicts that are left are printed as a failed version.
  func climb(from rebase: StoppedRebase, _ project: Project) async throws {
    var options = store
    options.repo = rebase.repository.string
    let variants = try Variants(in: rebase.series, base: rebase.variant == nil ? rebase.base : nil)
    guard let version = Version(rebase.target) else { preconditionFailure("onto takes versions only") }
    var ladder = Ladder(
      project: project, variants: variants, series: try variants.series(for: version),
      store: try await options.store(), sources: try options.sources(), cache: try options.cache(),
      compiler: build.toolchain, goal: until, jobs: build.compilers)
    ladder.byteOrder = build.byteOrder
    ladder.settled[rebase.target] = rebase.result
    try await ladder.climb([version], talkingTo: terminal)
  }
}
