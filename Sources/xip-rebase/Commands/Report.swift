import ArgumentParser
import KernelTrees
import PatchStack
import Reports
import VersionMatrix
import Versions
import XIPKernel

/// Shows the record.
struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what is on record of every version.")

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json, markdown, html, ktap, junit, kcidb
    case githubMatrix = "github-matrix"
    case gitlab
  }

  @Option(
    help: ArgumentHelp(
      "table, json, markdown, html, ktap, junit, kcidb; or, for a CI's runners, what is due: github-matrix, gitlab.",
      valueName: "format"))
  var format: Format = .table

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
    let results = record.entries.flatMap(\.results)
    switch format {
    case .json:
      Output.standard.write(try ResultsDocument(results).json)
    case .markdown: Output.standard.write(MarkdownReport(results).text)
    case .html: Output.standard.write(HTMLReport(record).text)
    case .ktap: Output.standard.write(KTAPReport(results).text)
    case .junit: Output.standard.write(JUnitReport(results).text)
    case .kcidb: Output.standard.write(try KCIDBReport(results).json)
    case .githubMatrix: Output.standard.write(try await due(record, in: project).github)
    case .gitlab: Output.standard.write(try await due(record, in: project).gitlab)
    case .table:
      let style = color.style(for: Output.standard.descriptor)
      for line in ResultsTable(results).lines(coloured: style) { Output.standard.line(line) }
    }
  }

  /// Returns what `matrix` would run, split for several machines.
  private func due(_ record: Record, in project: Project) async throws -> ShardMatrix {
    let variants = try Variants(in: project.series)
    let series = try Series.load(project.series)
    var due: [String: [String]] = [:]
    for compiler in Compiler.allCases {
      let ladder = Ladder(
        project: project, variants: variants, series: series,
        store: try await store.store(), sources: TreeSources([]), cache: try store.cache(),
        compiler: compiler,
        goal: .proved, jobs: 1)
      let standings = try await ladder.standings(of: record.versions, in: record)
      due[compiler.rawValue] = zip(record.versions, standings).compactMap { version, standing in
        if case .due = standing { version.tag } else { nil }
      }
    }
    return ShardMatrix(due, count: shards)
  }
}
