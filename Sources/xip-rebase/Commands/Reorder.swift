import ArgumentParser
import PatchStack

/// Moves patches to another place in the stack.
struct Reorder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reorder",
    abstract: "Move patches, in the order given, to another place in the stack.",
    discussion: """
      The tree behind the stack stays what it was. Patches that depend on each other are named, and nothing changes.

      Example: xip-rebase reorder 4 5 --before 2
      """)

  @Argument(
    help: ArgumentHelp("The patches: number, name, or a part of the name.", valueName: "patch"),
    completion: .patches)
  var patches: [String]

  @OptionGroup var place: PlaceOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    guard let place = place.place else {
      throw ValidationError("say where they go: --before PATCH, --after PATCH, --first or --last")
    }
    try options.tell(try options.work().reorder(patches, to: place))
  }
}
