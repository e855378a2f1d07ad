internal import Git
public import SystemPackage

/// One series and one open repository: carries the series onto any number of tags.
///
/// For the use of one task at a time; nothing is written to the repository until ``write(_:to:)``.
public struct Rebaser: ~Copyable {
  let series: Series
  var repository: Repository
  private var base: BaseImages?
  private var memo = MergeMemo()

  /// Opens the repository at `path` for `series`.
  public init(_ series: Series, repository path: FilePath) throws(PatchStackError) {
    self.series = series
    do { repository = try Repository(opening: path) } catch { throw .git(error) }
  }

  /// Returns what becomes of the series on the tag `target`.
  ///
  /// The tree of the base is read only where a hunk does not fit the target at the lines it names; whether the
  /// repository has it never changes the result.
  ///
  /// - Throws: `PatchStackError.baseMissing` when that tree is needed and not there; the caller may fetch the base tag
  ///   and call again.
  public mutating func rebase(onto target: String) throws(PatchStackError) -> RebaseResult {
    try carry(onto: target).result
  }

  /// Returns what becomes of the series on the tag `target`, without making the trees and commits that it comes to.
  ///
  /// - Throws: `PatchStackError` as ``rebase(onto:)``.
  public mutating func check(onto target: String) throws(PatchStackError) -> RebaseResult {
    let result = try carry(onto: target, atAGlance: true).result
    repository.forgetObjects()
    return result
  }

  /// Keeps the commits of `result` and points the reference `branch` at the last of them.
  ///
  /// - Parameters:
  ///   - result: A clean result of this value.
  ///   - branch: The full name of the reference, such as `refs/heads/xip/v6.12.107`.
  /// - Throws: `PatchStackError.git` when the repository cannot be written; the reference is then where it was, or where it
  ///   has to be.
  public mutating func write(_ result: RebaseResult, to branch: String) throws(PatchStackError) {
    guard let commit = result.commit else { return }
    do {
      try repository.writeObjects()
      try repository.update([(branch, commit)], message: "xip-rebase: onto \(result.target)")
    } catch {
      throw .git(error)
    }
  }

  /// Returns the series on the tag `target`, with `decisions` taken where there are conflicts.
  mutating func carry(
    onto target: String, decisions: Decisions = Decisions(), atAGlance: Bool = false
  ) throws(PatchStackError) -> CarriedStack {
    repository.forgetObjects()
    if let stack = try CarriedStack(
      series, onto: target, base: base, decisions: decisions, memo: &memo, atAGlance: atAGlance,
      in: &repository)
    {
      return stack
    }
    repository.forgetObjects()
    let images = try BaseImages(series, in: repository)
    base = images
    if let stack = try CarriedStack(
      series, onto: target, base: images, decisions: decisions, memo: &memo, atAGlance: atAGlance,
      in: &repository)
    {
      return stack
    }
    throw .baseMissing(tag: series.base, repository: repository.path)
  }
}

extension Rebaser {
  /// Whether a rebase leaves something behind.
  public enum Mode: Hashable, Sendable {
    /// Nothing is written.
    case dryRun
    /// The commits are kept, and the reference of this full name leads to the last of them.
    case write(branch: String)
  }

  /// Returns what becomes of `series` on the tag `target` of the repository at `path`, kept as `mode` says.
  ///
  /// The commits are the same whenever the input is the same: their committer is the patch's author at the author's
  /// date. With conflicts nothing is written.
  public static func run(
    _ series: Series, onto target: String, repository path: FilePath, mode: Mode
  ) throws(PatchStackError) -> RebaseResult {
    var rebaser = try Rebaser(series, repository: path)
    let result = try rebaser.rebase(onto: target)
    if case .write(let branch) = mode { try rebaser.write(result, to: branch) }
    return result
  }
}
