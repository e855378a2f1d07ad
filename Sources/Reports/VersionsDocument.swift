/// Versions as a JSON document for programs: `{"schema":1,"versions":[{"version","isListed","sources"}]}`.
public struct VersionsDocument: Codable, Sendable {
  /// One version.
  public struct Row: Codable, Sendable {
    /// The release's tag.
    public let version: String
    /// Whether the record lists it.
    public let isListed: Bool
    /// Where it can be had; `store` among them when it is there already.
    public let sources: [String]

    /// Makes the row of one version.
    public init(version: String, isListed: Bool, sources: [String]) {
      self.version = version
      self.isListed = isListed
      self.sources = sources
    }
  }

  /// The number of the document's format.
  public var schema = 1

  /// The versions in the order of releases.
  public let versions: [Row]

  /// Makes the document of `versions`.
  public init(_ versions: [Row]) {
    self.versions = versions
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
