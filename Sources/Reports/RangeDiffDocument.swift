public import PatchStack

/// The differences of a series between two versions, as a JSON document for programs:
/// `{"schema":1,"patches":[{"name","oldName","kind","lines"}]}`.
public struct RangeDiffDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// The patches in the order of the series.
  public let patches: [PatchDifference]

  /// Makes the document of `patches`.
  public init(_ patches: [PatchDifference]) {
    self.patches = patches
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
