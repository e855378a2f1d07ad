import Host
import KernelTrees
import PatchStack
import SystemPackage
import Versions

// The cheap rungs, which every version climbs before the first compiler starts.

extension Climb {
  /// Brings the version's tree into the store.
  mutating func fetch() async throws {
    if let commit = ladder.commit {
      try await climb(to: .fetched) { [ladder] in
        try await ladder.store.commit(commit)
      } summary: { commit, result in
        result.base = commit.tree
        return commit.subject
      }
      return
    }
    let tree = try await climb(to: .fetched) { [ladder, version, progress] in
      let others = ladder.substitutes.filter { $0 != version }
      return try await ladder.sources.fetchFirst(
        of: [version] + others, into: ladder.store, progress: progress)
    } summary: { tree, result in
      result.version = tree.tag
      result.base = tree.tree
      result.verification = tree.verification
      let verified = tree.verification == .nothing ? "not verified" : tree.verification.rawValue
      return "\(tree.provenance?.summary ?? "from the repository"), \(verified)"
    }
    if let tree { version = tree.version }
  }

  /// Puts the series on it.
  mutating func rebase() async throws {
    guard !isOver else { return }
    let series = try ladder.variants.series(for: version)
    let rebase = try await climb(to: .rebased) { [ladder, version, progress] in
      let target = ladder.target(of: version)
      if let settled = ladder.settled[target] { return settled }
      if let rebase = try ladder.rebased(series, onto: target) { return rebase }
      guard let base = Version(series.base) else {
        throw PatchStackError.baseMissing(tag: series.base, repository: ladder.store.path)
      }
      progress(.noted("the merge needs \(base.tag), the base of the series"))
      _ = try await ladder.sources.fetch(base, into: ladder.store, progress: progress)
      guard let rebase = try ladder.rebased(series, onto: target) else {
        throw PatchStackError.baseMissing(tag: base.tag, repository: ladder.store.path)
      }
      return rebase
    } summary: { [ladder] rebase, result in
      result.take(rebase)
      guard rebase.isClean else {
        throw Conflicts(
          text: rebase.conflictText, folder: ladder.leavesConflicts ? ladder.folder(of: rebase.target) : nil)
      }
      return rebase.summary
    }
    resolutions = rebase?.resolutions ?? []
  }
}

extension Ladder {
  /// Returns what became of the series on `tag`, or nil when deciding that takes the base's tree, which is not there.
  ///
  /// With conflicts the files concerned wait in the version's folder.
  fileprivate func rebased(_ series: Series, onto tag: String) throws(PatchStackError) -> RebaseResult? {
    let branch = commit == nil ? "refs/heads/xip/\(tag)" : "refs/xip-rebase/bisect"
    do {
      if !leavesConflicts {
        return try Rebaser.run(series, onto: tag, repository: store.path, mode: .write(branch: branch))
      }
      return try StoppedRebase.begin(
        series, onto: tag, repository: store.path, branch: branch, folder: folder(of: tag))
    } catch .baseMissing {
      return nil
    } catch .stopped {
      // Somebody is at work on it; what is settled there stays.
      return try Rebaser.run(series, onto: tag, repository: store.path, mode: .dryRun)
    }
  }
}

/// The conflicts that keep a version from being rebased.
private struct Conflicts: Failure {
  let text: String
  /// Where they wait to be settled, if they do.
  let folder: FilePath?

  var blame: Blame { .version }
  var description: String {
    folder.map { "\(text)\nsettle it in \($0), then: xip-rebase continue" } ?? text
  }
}
