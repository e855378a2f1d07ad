public import Versions

/// The tree of one version, whole in the store.
public struct StoredTree: Hashable, Sendable {
  /// The version.
  public let version: Version

  /// The hexadecimal id of the commit its tag leads to.
  public let commit: String

  /// The hexadecimal id of that commit's tree.
  public let tree: String

  /// Where it came from, or nil when this tool did not bring it.
  public let provenance: Provenance?

  /// Whose signature vouches for it.
  public let verification: Verification

  /// The tag, such as `v6.12.107`.
  public var tag: String { version.tag }
}
