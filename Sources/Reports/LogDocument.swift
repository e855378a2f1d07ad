public import PatchStack

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#endif

/// What was done to a series, as a JSON document for programs:
/// `{"schema":1,"changes":[{"number","date","command","files":[{"path","kind"}],"commit"}]}`.
public struct LogDocument: Codable, Sendable {
  /// One change.
  public struct Change: Codable, Sendable {
    /// Its number, counted from 1.
    public let number: Int
    /// When, in UTC, as `2026-01-02T03:04:05Z`.
    public let date: String
    /// What was asked for.
    public let command: String
    /// The files it changed.
    public let files: [ChangedFile]
    /// The commit whose tree is the series behind the change.
    public let commit: String
  }

  /// The number of the document's format.
  public var schema = 1

  /// The changes, the oldest first.
  public let changes: [Change]

  /// Makes the document of `log`.
  public init(_ log: StackLog) {
    changes = log.entries.map { entry in
      Change(
        number: entry.number,
        date: Date(timeIntervalSince1970: Double(entry.seconds)).formatted(.iso8601), command: entry.command,
        files: entry.files, commit: entry.commit)
    }
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
