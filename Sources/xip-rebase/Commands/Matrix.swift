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
      """)

  @OptionGroup var selection: SelectionOptions

  @Option(help: "The last rung to climb: booted or proved.")
  var until: Rung = .proved

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
    let record = try Record.load(project.record)
    let versions = try selection.versions(in: record)
    var ladders: [Ladder] = []
    for compiler in selection.toolchain.compilers {
      var ladder = Ladder(
        project: project, variants: try series.variants(project), series: try series.load(project),
        store: try await store.store(), sources: try store.sources(), cache: try store.cache(),
        compiler: compiler, goal: until, jobs: jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      ladder.isForced = again
      ladders.append(ladder)
    }
    let display = terminal.display()
    defer { display.clear() }
    let results = try await ladders.matrix(
      of: versions, record: record, again: again, progress: display.progress
    ) { result in
      // A climb that could not be finished says nothing about the version.
      guard result.verdict != .error else { return result }
      return try Record.add(result, to: project.record)
    }
    display.clear()
    try terminal.show(results)
  }
}
