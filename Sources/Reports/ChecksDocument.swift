public import XIPKernel

/// Layout checks as a JSON document for programs: `{"schema":1,"checks":[{"name","passed","read"}]}`.
public struct ChecksDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// The checks in the order they were made.
  public let checks: [LayoutCheck]

  /// Makes the document of `checks`.
  public init(_ checks: [LayoutCheck]) {
    self.checks = checks
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
