import ArgumentParser
import PatchStack
import VersionMatrix

/// Goes on with a rebase whose conflicts are settled, or takes in a patch that was changed.
struct Continue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "continue",
    abstract: "Go on with a rebase whose conflicts are settled, or take in the patch that is being changed.",
    discussion: """
      Example: xip-rebase continue
      Example: xip-rebase continue --until booted
      """)

  @OptionGroup var waiting: WaitingOptions
  @OptionGroup var onwards: OnwardOptions

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    switch try waiting.find(in: project) {
    case .edit(let edit):
      try onwards.terminal.tell(try edit.proceed())
    case .rebase(var rebase):
      _ = try rebase.proceed()
      try await onwards.climb(from: rebase, project)
    }
  }
}
