import ArgumentParser
import Reports
import VersionMatrix

/// Shows the record.
struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what is on record of every version.")

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json, markdown, html, ktap, junit, kcidb
  }

  @Option(help: "table, json, markdown, html, ktap, junit or kcidb.")
  var format: Format = .table

  @Option(help: "When to colour: auto, always or never.")
  var color: Style.Choice = .auto

  func run() async throws {
    let record = try Record.load(Project.containingCurrentDirectory().record)
    let results = record.entries.flatMap(\.results)
    switch format {
    case .json:
      Output.standard.write(try ResultsDocument(results).json)
    case .markdown: Output.standard.write(MarkdownReport(results).text)
    case .html: Output.standard.write(HTMLReport(record).text)
    case .ktap: Output.standard.write(KTAPReport(results).text)
    case .junit: Output.standard.write(JUnitReport(results).text)
    case .kcidb: Output.standard.write(try KCIDBReport(results).json)
    case .table:
      let style = color.style(for: Output.standard.descriptor)
      for line in ResultsTable(results).lines(coloured: style) { Output.standard.line(line) }
    }
  }
}
