public import KernelTrees
public import PatchStack

/// The search for the first bad commit between two, as `git bisect` makes it: over the graph, not over a list.
///
/// What is bad has to stay bad in all that descends from it.
public struct CommitBisection: Sendable {
  /// Where it breaks.
  public struct Finding: Hashable, Sendable {
    /// The first commit that is known to be bad.
    public let firstBad: String
    /// Commits behind it of which nothing could be told: the first bad one may be among them.
    public let untold: [String]
  }

  /// The repository with the history.
  public let store: Store

  /// Makes the search in `store`.
  public init(in store: Store) {
    self.store = store
  }

  /// Finds the first bad commit behind `bad`.
  ///
  /// - Parameters:
  ///   - good: A good commit, 40 hexadecimal digits; it need not be an ancestor.
  ///   - bad: A bad one.
  ///   - probe: Tells of a commit by its id; with it comes how many are left.
  /// - Returns: Where it breaks; nil when the two share no history, or when the commit from which both descend is bad, so
  ///   that it was mended on the way to `good`.
  /// - Throws: `TreeError`, and what `probe` throws.
  public func search(
    good: String, bad: String, probe: (_ commit: String, _ left: Int) async throws -> Bisection.Verdict
  ) async throws -> Finding? {
    guard let base = try await store.commonAncestor(of: good, bad) else { return nil }
    var bad = bad
    var good = [good]
    var untold: Set<String> = []
    if !good.contains(base) {
      switch try await probe(base, try await store.halvings(of: bad, behind: good).count) {
      case .bad: return nil
      case .good: good.append(base)
      // As git does: it is supposed to be good.
      case .untold: break
      }
    }
    while true {
      let left = try await store.halvings(of: bad, behind: good)
      guard let next = left.first(where: { !untold.contains($0) }) else {
        return Finding(firstBad: bad, untold: left)
      }
      switch try await probe(next, left.count) {
      case .good: good.append(next)
      case .bad: bad = next
      case .untold: untold.insert(next)
      }
    }
  }
}
