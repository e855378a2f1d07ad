import ArgumentParser
import PatchStack
import VersionMatrix

/// Changes a patch.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change a patch: its files, its message, or both.",
    discussion: """
      Lays the files of the patch, as they are behind it, out in a folder, with its message beside them. Change, add or \
      remove files there, then: xip-rebase continue. The patches above are carried over the new content. With --message \
      or --with no folder is opened.

      Example: xip-rebase edit 2 --message new-message.txt
      """)

  @Argument(help: "The patch: number, name, or a part of the name.", completion: .patches)
  var patch: String

  @Argument(help: ArgumentHelp("Files of the tree that the patch does not touch yet.", valueName: "file"))
  var paths: [String] = []

  @Option(help: ArgumentHelp("Take the message from this file, or - for standard input.", valueName: "file"))
  var message: String?

  @Option(
    help: ArgumentHelp("Add what this diff says to the patch; - for standard input.", valueName: "diff"))
  var with: String?

  @OptionGroup var options: ChangeOptions

  func validate() throws {
    guard message == nil && with == nil || paths.isEmpty else {
      throw ValidationError("files are for the folder, which --message and --with do without")
    }
    guard message != "-" || with != "-" else {
      throw ValidationError("standard input is either the message or the diff")
    }
  }

  func run() throws {
    if message != nil || with != nil {
      let change = try options.work().edit(
        patch, message: try message.map { try input($0) }, with: try with.map { try input($0) })
      try options.tell(change)
      return
    }
    guard !options.dryRun else { throw ValidationError("--dry-run is for --message and --with") }
    let project = try Project.containingCurrentDirectory()
    try options.terminal.tell(
      try options.work().beginEdit(of: patch, paths: paths, in: project.conflicts))
  }
}
