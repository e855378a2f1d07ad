public import PatchStack

/// Settled conflicts as a JSON document for programs: `{"schema":1,"resolutions":[{"id","isConfirmed","madeFor"}]}`.
public struct ResolutionsDocument: Codable, Sendable {
  /// One settled conflict.
  public struct Row: Codable, Sendable {
    /// The name that git rerere gives to it.
    public let id: String
    /// Whether a version that used it has booted.
    public let isConfirmed: Bool
    /// The patch, the file and the version, or nil when git rerere wrote it.
    public let madeFor: String?
  }

  /// The number of the document's format.
  public var schema = 1

  /// The settled conflicts, by their names.
  public let resolutions: [Row]

  /// Makes the document of `resolutions`.
  public init(_ resolutions: [Resolution]) {
    self.resolutions = resolutions.map { Row(id: $0.id, isConfirmed: $0.isConfirmed, madeFor: $0.madeFor) }
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
