import ArgumentParser
import PatchStack
import VersionMatrix

/// Gives a rebase up.
struct Abort: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort",
    abstract: "Give a rebase up: remove what was to be settled; all else is as it was before.")

  @OptionGroup var stopped: StoppedOptions

  func run() throws {
    try stopped.find(in: Project.containingCurrentDirectory()).abort()
  }
}
