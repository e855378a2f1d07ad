public import VersionMatrix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Results as a JSON document for programs: `{"schema":1,"results":[…]}`.
public struct ResultsDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// The results in the order of the versions asked for.
  public let results: [VersionResult]

  /// Makes the document of `results`.
  public init(_ results: [VersionResult]) {
    self.results = results
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}

/// Returns `value` as JSON the way all documents of the tool are written.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
