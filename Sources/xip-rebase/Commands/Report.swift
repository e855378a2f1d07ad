import ArgumentParser
import FlashCost
import KernelTrees
import PatchStack
import Reports
import VersionMatrix
import Versions
import XIPKernel

/// Shows the record.
struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show what is on record of every version.",
    discussion: """
      Example: xip-rebase report lts --toolchain gcc
      Example: xip-rebase report --format html > report.html
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json, markdown, html, ktap, junit, kcidb, costs
    case ramPicture = "ram-picture"
    case githubMatrix = "github-matrix"
    case gitlab
  }

  @OptionGroup var selection: SelectionOptions

  @Option(
    help: ArgumentHelp(
      """
      table, json, markdown, html, ktap, junit, kcidb; costs and ram-picture, which docs/ has; or, for a CI's runners, what \
      is due: github-matrix, gitlab.
      """,
      valueName: "format"))
  var format: Format = .table

  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions

  @Option(help: "When to colour: auto, always or never.")
  var color: Style.Choice = .auto

  @Option(help: "How many runners to split what is due for.")
  var shards = 8

  func validate() throws {
    guard (1...ShardMatrix.limit).contains(shards) else {
      throw ValidationError(
        "--shards has to be between 1 and \(ShardMatrix.limit), the most that GitHub runs of a matrix")
    }
  }

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    let record = try Record.load(project.record)
    let results = try selection.results(in: record)
    switch format {
    case .json:
      Output.standard.write(try ResultsDocument(results).json)
    case .markdown: Output.standard.write(MarkdownReport(results).text)
    case .html:
      var shown = Record(results)
      for version in try selection.versions(in: record) { shown.list(version) }
      // What a board costs is told where the boards' files are in order.
      Output.standard.write(
        HTMLReport(shown, history: RecordHistory(of: project), boards: try? Boards(in: project.boards)).text)
    case .ktap: Output.standard.write(KTAPReport(results).text)
    case .junit: Output.standard.write(JUnitReport(results).text)
    case .kcidb: Output.standard.write(try KCIDBReport(results).json)
    case .costs: Output.standard.write(CostsReport(Record(results), try Boards(in: project.boards)).text)
    case .ramPicture: Output.standard.write(RAMPicture(Record(results)).svg)
    case .githubMatrix: Output.standard.write(try await due(record, in: project).github)
    case .gitlab: Output.standard.write(try await due(record, in: project).gitlab)
    case .table:
      let style = color.style(for: Output.standard.descriptor)
      for line in ResultsTable(results).lines(coloured: style) { Output.standard.line(line) }
    }
  }

  /// Returns what `matrix` would run, split for several machines.
  private func due(_ record: Record, in project: Project) async throws -> ShardMatrix {
    var due: [String: [String]] = [:]
    let versions = try selection.versions(in: record)
    for compiler in selection.toolchain.compilers {
      let ladder = Ladder(
        project: project, variants: try series.variants(project), series: try series.load(project),
        store: try await store.store(), sources: TreeSources([]), cache: try store.cache(),
        compiler: compiler,
        goal: .proved, jobs: 1)
      let standings = try await ladder.standings(of: versions, in: record)
      due[compiler.rawValue] = zip(versions, standings).compactMap { version, standing in
        if case .due = standing { version.tag } else { nil }
      }
    }
    return ShardMatrix(due, count: shards)
  }
}
