import ArgumentParser
import PatchStack
import Reports

/// Tells what was done to the stack.
struct ShowLog: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Tell what was done to the series: number, date, command, files.",
    discussion: """
      Each change is a commit in the repository, its tree the files of the series behind it; --json names them.

      Example: xip-rebase log
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var terminal: TerminalOptions

  func run() throws {
    let work = try stack.work()
    let document = LogDocument(try StackLog(of: work.directory, repository: work.repository))
    if terminal.json {
      Output.standard.write(try document.json)
      return
    }
    var table = Table(["change", "date", "command", "files"])
    for change in document.changes {
      let files = change.files.map { "\($0.kind.sign)\($0.path)" }.joined(separator: " ")
      table.add(["\(change.number)", change.date, change.command, files])
    }
    if document.changes.isEmpty {
      Output.standard.line("no change is on record")
    } else {
      for line in table.lines() { Output.standard.line(line) }
    }
  }
}

extension ChangedFile.Kind {
  fileprivate var sign: String {
    switch self {
    case .added: "+"
    case .changed: "!"
    case .removed: "-"
    }
  }
}
