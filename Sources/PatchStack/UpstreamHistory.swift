public import Git

/// A commit of upstream that brought what a patch does.
public struct UpstreamCommit: Codable, Hashable, Sendable {
  /// Its name.
  public let commit: ObjectID
  /// The first line of its message; bytes that are not UTF-8 are replaced.
  public let subject: String
}

/// What a patch does to a file that the target does already, whole or in part.
struct AbsorbedChange: Hashable {
  /// Where the file is in the target, and where the base has it.
  let paths: [TreePath]
  /// The file before and behind the patch, at the base.
  let preimage: TreeEntry?
  let postimage: TreeEntry?
}

/// The history behind the targets, as far as the repository has it.
///
/// From the target it goes back along the parents that have the file as it is, as `git log` does for a path, so that a
/// history of ten thousand commits takes that many small trees. A target without parents costs nothing.
final class UpstreamHistory {
  /// A part of a change, which one commit or another has brought.
  private enum Part: Hashable {
    /// The run of changed lines of this number.
    case lines(Int)
    case mode
    case everything
  }

  private struct Question: Hashable {
    let change: AbsorbedChange
    let parts: Set<Part>
  }

  /// As many commits are looked at for one file; it takes a second or two.
  private static let limit = 50_000

  /// The answers for each commit that was passed on the way to them.
  private var answers: [Question: [ObjectID: [UpstreamCommit]]] = [:]

  /// Returns the commits that brought `change` to the commit `target`, the newest first; none where the history does
  /// not tell.
  func commits(
    bringing change: AbsorbedChange, to target: ObjectID, in repository: borrowing Repository
  ) throws(GitError) -> [UpstreamCommit] {
    var commit = try repository.commit(target)
    if commit.parents.isEmpty { return [] }
    var id = target
    var entry = try self.entry(change.paths, of: commit.tree, in: repository)
    var wanted = try parts(of: change, in: entry, repository)
    let question = Question(change: change, parts: wanted)
    var found: [UpstreamCommit] = []
    var passed: [ObjectID] = []
    while !wanted.isEmpty, passed.count < Self.limit {
      if found.isEmpty, let known = answers[question]?[id] {
        found = known
        break
      }
      if found.isEmpty { passed.append(id) }
      var best: (id: ObjectID, commit: Commit, entry: TreeEntry?, parts: Set<Part>)?
      for parent in commit.parents {
        // Where a clone was cut off, the history ends.
        guard repository.contains(parent) else { continue }
        let earlier = try repository.commit(parent)
        let old = try self.entry(change.paths, of: earlier.tree, in: repository)
        let has = old == entry ? wanted : try parts(of: change, in: old, repository).intersection(wanted)
        if best.map({ has.count > $0.parts.count || old == entry && $0.entry != entry }) ?? true {
          best = (parent, earlier, old, has)
        }
        if old == entry { break }
      }
      guard let best else { break }
      if best.parts != wanted { found.append(UpstreamCommit(commit: id, subject: subject(of: commit))) }
      (id, commit, entry, wanted) = best
    }
    for id in passed { answers[question, default: [:]][id] = found }
    return found
  }

  private func entry(
    _ paths: [TreePath], of root: ObjectID, in repository: borrowing Repository
  ) throws(GitError) -> TreeEntry? {
    for path in paths {
      if case .file(let entry) = try repository.content(at: path, of: root) { return entry }
    }
    return nil
  }

  /// Returns the parts of `change` that a file has which stands as `entry`.
  private func parts(
    of change: AbsorbedChange, in entry: TreeEntry?, _ repository: borrowing Repository
  ) throws(GitError) -> Set<Part> {
    guard let theirs = change.postimage else { return entry == nil ? [.everything] : [] }
    guard let entry, isSameType(entry.mode, theirs.mode) else { return [] }
    guard let base = change.preimage, base.mode.isFile, entry.mode.isFile else {
      return try isSame(entry, theirs, repository) ? [.everything] : []
    }
    var parts: Set<Part> = []
    if base.mode != theirs.mode && entry.mode == theirs.mode { parts.insert(.mode) }
    let texts = (
      base: try repository.content(of: base.id, as: .blob),
      ours: try repository.content(of: entry.id, as: .blob),
      theirs: try repository.content(of: theirs.id, as: .blob)
    )
    if texts.base == texts.theirs { return parts }
    if texts.ours == texts.theirs { parts.insert(.everything) }
    if [texts.base, texts.ours, texts.theirs].contains(where: isBinary) { return parts }
    let labels = TextMerge.Labels(base: "", ours: "", theirs: "")
    let merge = try TextMerge(base: texts.base, ours: texts.ours, theirs: texts.theirs, labels: labels)
    if merge.isClean && merge.content == texts.ours { parts.insert(.everything) }
    let wanted = textChanges(of: try TextDiff.changes(from: texts.base, to: texts.theirs), in: texts.theirs)
    let present = Set(textChanges(of: try TextDiff.changes(from: texts.base, to: texts.ours), in: texts.ours))
    for (number, change) in wanted.enumerated() where present.contains(change) {
      parts.insert(.lines(number))
    }
    return parts
  }

  private func isSame(
    _ one: TreeEntry, _ other: TreeEntry, _ repository: borrowing Repository
  ) throws(GitError) -> Bool {
    guard one.mode == other.mode else { return false }
    if one.id == other.id || one.mode == .submodule { return one.id == other.id }
    return try repository.content(of: one.id, as: .blob) == repository.content(of: other.id, as: .blob)
  }
}

private func subject(of commit: Commit) -> String {
  String(decoding: commit.message.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}
