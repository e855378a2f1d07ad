import ArgumentParser
import PatchStack
import VersionMatrix

/// Goes on with a rebase whose conflicts are settled.
struct Continue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "continue",
    abstract: "Go on with a rebase whose conflicts are settled.")

  @OptionGroup var stopped: StoppedOptions
  @OptionGroup var onwards: OnwardOptions

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    var rebase = try stopped.find(in: project)
    _ = try rebase.proceed()
    try await onwards.climb(from: rebase, project)
  }
}
