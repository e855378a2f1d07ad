public import PatchStack

/// A change of a stack, as a JSON document for programs:
/// `{"schema":1,"command","change","patches":[{"name","outcome","detail"}],"files":[{"path","kind"}],"notes"}`; the
/// number of the change is left out when nothing was written.
public struct StackChangeDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// What was asked for.
  public let command: String
  /// The number of the change in the log.
  public let change: Int?
  /// The patches of the stack, in their new order.
  public let patches: [PatchResult]
  /// The files of the series that came, went or changed.
  public let files: [ChangedFile]
  /// What else there is to know.
  public let notes: [String]

  /// Makes the document of `change`.
  public init(_ change: StackChange) {
    command = change.command
    self.change = change.number
    patches = change.patches
    files = change.files
    notes = change.notes
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
