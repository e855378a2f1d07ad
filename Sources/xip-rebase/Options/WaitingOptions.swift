import ArgumentParser
import PatchStack
import VersionMatrix
import Versions

/// Which of what waits for somebody is meant: a rebase that stopped, by its version, or the open edit.
struct WaitingOptions: ParsableArguments {
  @Argument(
    help:
      "The version, or edit for the patch that is being changed. Default: what waits, when it is one thing.")
  var waiting: Name?

  /// What a user calls it.
  enum Name: ExpressibleByArgument {
    case edit
    case version(Version)

    init?(argument: String) {
      if argument == OpenEdit.name {
        self = .edit
      } else if let version = Version(argument) {
        self = .version(version)
      } else {
        return nil
      }
    }
  }

  /// What waits.
  enum Found {
    case edit(OpenEdit)
    case rebase(StoppedRebase)
  }

  /// Returns what waits, of everything the one that is named.
  func find(in project: Project) throws -> Found {
    switch waiting {
    case .edit:
      guard let edit = try OpenEdit(in: project.conflicts) else { throw ValidationError("no edit waits") }
      return .edit(edit)
    case .version(let version):
      var options = StoppedOptions()
      options.version = version
      return .rebase(try options.find(in: project))
    case nil:
      let rebases = try StoppedRebase.waiting(in: project.conflicts)
      guard let edit = try OpenEdit(in: project.conflicts) else {
        var options = StoppedOptions()
        options.version = nil
        return .rebase(try options.find(in: project))
      }
      guard rebases.isEmpty else {
        let names = [OpenEdit.name] + rebases.map(\.target)
        throw ValidationError("name one of those that wait: \(names.joined(separator: ", "))")
      }
      return .edit(edit)
    }
  }
}
