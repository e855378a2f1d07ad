import ArgumentParser
import PatchStack
import VersionMatrix

/// Gives a rebase or an edit up.
struct Abort: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort",
    abstract:
      "Give a rebase or an edit up: remove what was to be settled or changed; all else is as it was before.",
    discussion: """
      Example: xip-rebase abort
      Example: xip-rebase abort v7.1.13
      """)

  @OptionGroup var waiting: WaitingOptions

  func run() throws {
    switch try waiting.find(in: .containingCurrentDirectory()) {
    case .edit(let edit): try edit.abort()
    case .rebase(let rebase): try rebase.abort()
    }
  }
}
