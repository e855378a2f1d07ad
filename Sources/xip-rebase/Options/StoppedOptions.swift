import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix
import Versions

/// Which of the rebases that wait for somebody is meant.
struct StoppedOptions: ParsableArguments {
  @Argument(help: "The version. Default: the one that waits.")
  var version: Version?

  /// Returns the rebase that waits.
  func find(in project: Project) throws -> StoppedRebase {
    if let version {
      guard let rebase = try StoppedRebase(in: project.conflicts.appending(version.tag)) else {
        throw ValidationError("no rebase onto \(version.tag) waits")
      }
      return rebase
    }
    let waiting = try StoppedRebase.waiting(in: project.conflicts)
    guard let first = waiting.first else { throw ValidationError("no rebase waits") }
    guard waiting.count == 1 else {
      throw ValidationError("name one of those that wait: \(waiting.map(\.target).joined(separator: ", "))")
    }
    return first
  }
}
