public import Git

/// What became of one patch.
public struct PatchResult: Codable, Hashable, Sendable {
  /// The name of the patch in its series.
  public let name: String
  /// What became of it.
  public let outcome: Outcome
  /// Where and how, such as `arch/mips/Kconfig: offset +7`, or nil where there is nothing to add.
  public let detail: String?
  /// The commits of upstream that brought what the target has of the patch, the newest first; nil where the repository
  /// has no history that tells.
  public let absorbedBy: [UpstreamCommit]?

  /// Makes a result.
  public init(name: String, outcome: Outcome, detail: String? = nil, absorbedBy: [UpstreamCommit]? = nil) {
    self.name = name
    self.outcome = outcome
    self.detail = detail
    self.absorbedBy = absorbedBy
  }
}

/// What became of a series on one target.
public struct RebaseResult: Codable, Hashable, Sendable {
  /// The tag the series was carried onto.
  public let target: String
  /// The identity of the series that was carried.
  public let series: String
  /// The variant of the series that was carried, or nil for the series itself.
  public let variant: String?
  /// What became of each patch, in order.
  public let patches: [PatchResult]
  /// The places to decide, in order; empty when the series went through.
  public let conflicts: [Conflict]
  /// The names of the recorded resolutions that were used again; to be confirmed when the result has booted.
  public let resolutions: [String]
  /// The last commit of the stack, or nil when there are conflicts.
  public let commit: ObjectID?
  /// The tree of that commit.
  public let tree: ObjectID?

  /// Makes a result.
  public init(
    target: String, series: String, variant: String? = nil, patches: [PatchResult],
    conflicts: [Conflict] = [],
    resolutions: [String] = [],
    commit: ObjectID?, tree: ObjectID?
  ) {
    self.target = target
    self.series = series
    self.variant = variant
    self.patches = patches
    self.conflicts = conflicts
    self.resolutions = resolutions
    self.commit = commit
    self.tree = tree
  }

  /// Returns the result with these among the resolutions that it used.
  func using(_ names: [String]) -> RebaseResult {
    RebaseResult(
      target: target, series: series, variant: variant, patches: patches, conflicts: conflicts,
      resolutions: Set(resolutions + names).sorted(), commit: commit, tree: tree)
  }

  /// Whether the series went through.
  public var isClean: Bool { conflicts.isEmpty }
}
