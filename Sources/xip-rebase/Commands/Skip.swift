import ArgumentParser
import PatchStack
import VersionMatrix

/// Leaves a patch out of one version.
struct Skip: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "skip",
    abstract: "Leave the patch in conflict out of this version and go on.",
    discussion: """
      Example: xip-rebase skip v7.1.13
      """)

  @OptionGroup var stopped: StoppedOptions

  @Option(help: "The name of the patch. Default: the first that has a conflict.")
  var patch: String?

  @OptionGroup var onwards: OnwardOptions

  func run() async throws {
    let project = try Project.containingCurrentDirectory()
    var rebase = try stopped.find(in: project)
    _ = try rebase.skip(patch)
    try await onwards.climb(from: rebase, project)
  }
}
