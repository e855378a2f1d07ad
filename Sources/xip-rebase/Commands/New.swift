import ArgumentParser
import PatchStack
import VersionMatrix

/// Adds a patch.
struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Add a patch to the stack: from a diff, or by changing files in a folder.",
    discussion: """
      Without --from, lays the named files out in a folder, with a message to write. Change, add or remove files there, \
      then: xip-rebase continue. The patch goes to the end of the stack unless told otherwise.

      Example: git diff | xip-rebase new 0006-mips-fix.patch --from -
      """)

  @Argument(help: "The name of its file.")
  var name: String

  @Argument(help: ArgumentHelp("Files of the tree that it shall change.", valueName: "file"))
  var paths: [String] = []

  @Option(help: ArgumentHelp("Make it of this diff or patch; - for standard input.", valueName: "diff"))
  var from: String?

  @Option(help: ArgumentHelp("Take the message from this file, or - for standard input.", valueName: "file"))
  var message: String?

  @OptionGroup var place: PlaceOptions
  @OptionGroup var options: ChangeOptions

  func validate() throws {
    guard from == nil || paths.isEmpty else {
      throw ValidationError("files are for the folder, which --from does without")
    }
    guard message == nil || from != nil else {
      throw ValidationError("--message goes with --from; else the message is written in the folder")
    }
    guard message != "-" || from != "-" else {
      throw ValidationError("standard input is either the message or the diff")
    }
  }

  func run() throws {
    let place = place.place ?? .last
    if let from {
      let change = try options.work().add(
        name, at: place, from: try input(from), message: try message.map { try input($0) })
      try options.tell(change)
      return
    }
    guard !options.dryRun else { throw ValidationError("--dry-run is for --from") }
    let project = try Project.containingCurrentDirectory()
    try options.terminal.tell(
      try options.work().beginAdding(name, at: place, paths: paths, in: project.conflicts))
  }
}

extension TerminalOptions {
  /// Prints where an edit waits.
  func tell(_ edit: OpenEdit) throws {
    Output.standard.line("\(edit.patch) waits in \(edit.folder)")
    Output.standard.line("  its message is \(edit.message)")
    Output.standard.line("  its files are in \(edit.files)")
    Output.standard.line("then: xip-rebase continue, or xip-rebase abort")
  }
}
