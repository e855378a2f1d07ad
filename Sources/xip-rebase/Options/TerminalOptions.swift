import ArgumentParser
import Host

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
    let manner: ProgressDisplay.Manner =
      quiet ? .quiet : Output.error.isTerminal && color != .never ? .live : .plain
    return ProgressDisplay(Output.error, manner: manner, style: color.style(for: Output.error.descriptor))
  }
}
