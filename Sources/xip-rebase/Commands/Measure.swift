import ArgumentParser
import FlashCost
import Reports
import VersionMatrix
import Versions
import XIPKernel

/// Measures what a version's boots do.
struct Measure: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measure what the boots of these versions do, and estimate what they cost on a board.",
    discussion: """
      The XIP kernel, its RAM-loaded twin and the compressed twin are booted with their instructions counted, and what they \
      fetch, load and store goes through a model of the board's caches. A version that is not built yet is built first; \
      what was measured is put on record beside its result.

      Example: xip-rebase measure v6.12.107 --board mt7628
      """)

  @Argument(
    help: "Releases such as v6.12.107; of those listed also ranges, lines as 6.12.*, lts and latest.",
    completion: .listedVersions)
  var versions: [VersionSelector]

  @Option(help: ArgumentHelp("A board of boards/, such as mt7628.", valueName: "name"))
  var board = "mt7628"

  @OptionGroup var build: BuildOptions
  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    let boards = try Boards(in: project.boards)
    guard let board = boards[board] else {
      throw ValidationError(
        "boards/ has no \(self.board).json; it has \(boards.boards.map(\.name).joined(separator: ", "))")
    }
    _ = try Record.load(project.record)
    var ladder = Ladder(
      project: project, variants: try series.variants(project), series: try series.load(project),
      store: try await store.store(), sources: try store.sources(), cache: try store.cache(),
      compiler: build.toolchain, goal: .laidOut, jobs: build.compilers)
    ladder.byteOrder = build.byteOrder
    ladder.leavesConflicts = false
    let display = terminal.display()
    defer { display.clear() }
    var failed: [VersionResult] = []
    var documents: [CostsDocument.Measured] = []
    for version in try versions.versionsOnRecord() {
      let result = try await ladder.measure(version, caches: boards.caches, progress: display.progress)
      display.clear()
      guard result.verdict == .pass, let costs = result.costs else {
        failed.append(result)
        continue
      }
      let isOnRecord = try Record.change(project.record) { $0.take(costs, of: result) }
      if terminal.json {
        documents.append(.init(costs, of: result.version, result.toolchain, on: board, of: boards))
      } else {
        show(CostsTable(costs, on: board, of: boards), of: result)
      }
      if !isOnRecord {
        Output.error.line(
          "xip-rebase: the record has no result of this content of \(result.version) \(result.toolchain) to keep the figures "
            + "with; xip-rebase onto \(result.version) makes one")
      }
    }
    if terminal.json { Output.standard.write(try CostsDocument(documents, on: self.board).json) }
    guard !failed.isEmpty else { return }
    let style = terminal.color.style(for: Output.error.descriptor)
    for line in ResultsTable(failed).lines(coloured: style) { Output.error.line(line) }
    throw ExitCode(Verdict.exitCode(of: failed.map(\.verdict)))
  }

  private func show(_ tables: CostsTable, of result: VersionResult) {
    Output.standard.line("\(result.version) \(result.toolchain) on \(board)")
    Output.standard.line(tables.title)
    for table in [tables.stages, tables.misses, tables.price] {
      Output.standard.line("")
      for line in table.lines(decorate: { row, _, text in row == nil ? terminal.style(text, .bold) : text }) {
        Output.standard.line(line)
      }
    }
    Output.standard.line("")
    Output.standard.line(tables.error)
  }
}
