import ArgumentParser
import PatchStack
import Reports
import VersionMatrix

/// Tells which rebases wait for their conflicts to be settled.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell which rebases wait for their conflicts to be settled, and what is left of them.")

  @OptionGroup var terminal: TerminalOptions

  func run() throws {
    let project = try Project.containingCurrentDirectory()
    let document = try StoppedDocument(StoppedRebase.waiting(in: project.conflicts))
    if terminal.json {
      Output.standard.write(try document.json)
      return
    }
    let style = terminal.style
    if document.stopped.isEmpty { Output.standard.line("nothing waits") }
    for rebase in document.stopped {
      Output.standard.line(style("\(rebase.version) waits in \(rebase.folder)", .bold))
      for conflict in rebase.conflicts { Output.standard.line("  \(conflict)") }
      for file in rebase.files {
        let state = file.isSettled ? style("settled", .green) : style("to settle", .red)
        Output.standard.line("  \(state)  \(file.path)")
      }
    }
  }
}
