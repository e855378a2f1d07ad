import ArgumentParser
import PatchStack

/// Takes patches out of the stack.
struct Drop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Take patches out of the stack, and carry those above over what is left.",
    discussion: """
      A patch is named by its number in the stack, its file name, or a part that only its name has. When a patch above \
      depends on one that goes, nothing changes, and the place is named.

      Example: xip-rebase drop 3
      """)

  @Argument(help: ArgumentHelp("The patches.", valueName: "patch"), completion: .patches)
  var patches: [String]

  @OptionGroup var options: ChangeOptions

  func run() throws {
    try options.tell(try options.work().drop(patches))
  }
}
