import ArgumentParser
import PatchStack

/// Takes changes of the stack back.
struct Undo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Put the series back as it was before its last change, or before change N.",
    discussion: """
      An undo is a change too: undo it, and the change is made again. When files of the series were changed by hand \
      since, they are named, and nothing changes.

      Example: xip-rebase undo
      """)

  @Argument(help: "The number of the change in the log, undone with all behind it. Default: the last.")
  var number: Int?

  @OptionGroup var options: ChangeOptions

  func run() throws {
    try options.tell(try options.work().undo(number))
  }
}
