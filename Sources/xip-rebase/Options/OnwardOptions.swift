import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix
import Versions
import XIPKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How far to climb once a rebase went through.
struct OnwardOptions: ParsableArguments {
  @Option(help: "The last rung to climb: rebased, compiled, laid-out, booted or proved.")
  var until: Rung = .rebased

  @Option(help: "The compiler: gcc or clang.")
  var toolchain: Compiler = .gcc

  @Option(help: "How many compilers run at once. Default: one a processor.")
  var jobs: Int?

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
      compiler: toolchain, goal: until, jobs: jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    ladder.settled[rebase.target] = rebase.result
    try await ladder.climb([version], talkingTo: terminal)
  }
}
