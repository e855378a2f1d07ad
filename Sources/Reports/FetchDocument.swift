public import KernelTrees

/// Trees in the store, as a JSON document for programs: `{"schema":1,"trees":[{"version","commit","tree","source"}]}`.
public struct FetchDocument: Codable, Sendable {
  /// A tree.
  public struct Tree: Codable, Sendable {
    /// The release's tag.
    public let version: String
    /// The commit that the tag leads to.
    public let commit: String
    /// That commit's tree.
    public let tree: String
    /// Where it came from; nil when the tool did not bring it.
    public let source: String?
  }

  /// The number of the document's format.
  public var schema = 1
  /// The trees in the order asked for.
  public let trees: [Tree]

  /// Makes the document of `trees`.
  public init(_ trees: [StoredTree]) {
    self.trees = trees.map {
      Tree(version: $0.tag, commit: $0.commit, tree: $0.tree, source: $0.provenance?.source)
    }
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
