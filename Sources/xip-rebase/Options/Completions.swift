import ArgumentParser
import Host
import PatchStack
import SystemPackage
import VersionMatrix
import Versions

extension CompletionKind {
  /// The versions that the record lists, and the words that select among them.
  static var listedVersions: CompletionKind {
    .custom { _, _, _ in words + tags(of: recordedVersions) }
  }

  /// The versions in the store, and the words that select among them.
  ///
  /// `--repo` is not looked at: the line that is being typed may not be whole yet.
  static var storedVersions: CompletionKind {
    .custom { _, _, _ in
      var stored: [Version] = []
      if let repository = try? StoreOptions.parse([]).repository() {
        stored = (try? Check.versions(in: repository)) ?? []
      }
      return words + tags(of: stored.isEmpty ? recordedVersions : stored)
    }
  }

  /// The patches of the project's series.
  static var patches: CompletionKind {
    .custom { _, _, _ in
      guard let project = try? Project.containingCurrentDirectory(),
        let series = try? Series.load(project.series, base: nil)
      else { return [] }
      return series.patches.map(\.name)
    }
  }

  private static var words: [String] { ["lts", "latest"] }

  /// A shell that completes has no use for an error: outside a checkout nothing is listed.
  private static var recordedVersions: [Version] {
    guard let project = try? Project.containingCurrentDirectory(),
      let record = try? Record.load(project.record)
    else { return [] }
    return record.versions
  }

  /// The newest first, for that is what is wanted most often.
  private static func tags(of versions: [Version]) -> [String] { versions.reversed().map(\.tag) }
}
