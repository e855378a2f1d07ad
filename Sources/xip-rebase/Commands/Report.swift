import ArgumentParser
import Reports
import VersionMatrix

/// Shows the record.
struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show what is on record of every version.")

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json
  }

  @Option(help: "table or json.")
  var format: Format = .table

  @Option(help: "When to colour: auto, always or never.")
  var color: Style.Choice = .auto

  func run() async throws {
    let record = try Record.load(Project.containingCurrentDirectory().record)
    let results = record.entries.flatMap(\.results)
    switch format {
    case .json:
      Output.standard.write(try ResultsDocument(results).json)
    case .table:
      let style = color.style(for: Output.standard.descriptor)
      for line in ResultsTable(results).lines(coloured: style) { Output.standard.line(line) }
    }
  }
}
