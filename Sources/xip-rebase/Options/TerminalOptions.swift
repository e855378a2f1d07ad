import ArgumentParser
import Host
import Reports
import VersionMatrix

/// How a command talks.
struct TerminalOptions: ParsableArguments {
  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  @Option(help: "When to colour: auto, always or never.")
  var color: Style.Choice = .auto

  /// The style of the result.
  var style: Style { color.style(for: Output.standard.descriptor) }

  /// Progress on standard error: live on a terminal, plain elsewhere.
  func display() -> ProgressDisplay {
    let isLive = Output.error.isTerminal && !isDumbTerminal && color != .never
    let manner: ProgressDisplay.Manner = quiet ? .quiet : isLive ? .live : .plain
    return ProgressDisplay(Output.error, manner: manner, style: color.style(for: Output.error.descriptor))
  }

  /// Prints results, and exits as they ended.
  func show(_ results: [VersionResult]) throws {
    if json {
      Output.standard.write(try ResultsDocument(results).json)
    } else {
      for line in ResultsTable(results).lines(coloured: style) { Output.standard.line(line) }
    }
    let code = Verdict.exitCode(of: results.map(\.verdict))
    if code != 0 { throw ExitCode(code) }
  }
}
