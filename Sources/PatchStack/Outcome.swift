/// The outcome of carrying one patch from its base onto a target tree.
///
/// Text, colour, JSON and exit code all derive from this one value.
public enum Outcome: String, Codable, Hashable, Sendable, CaseIterable {
  /// Every hunk fits at the lines it names: the patch is right as it is written.
  case unchanged
  /// The hunks are the same at other line numbers.
  case offset
  /// The context changed and the three-way merge settled it.
  case merged
  /// A conflict met before was settled the same way again.
  case resolved
  /// The target contains the whole change already; the patch leaves the stack.
  case absorbed
  /// The target contains some of the change; the rest stays.
  case partlyAbsorbed = "partly-absorbed"
  /// Somebody has to decide.
  case conflict
}
