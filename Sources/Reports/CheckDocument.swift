public import PatchStack
public import VersionMatrix
public import Versions

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The results of a dry run as a JSON document for programs: `{"schema":1,"milliseconds":…,"results":[…]}`.
///
/// The results are those of ``ResultsDocument``, without the commit and the tree that a dry run does not make.
public struct CheckDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// How long the whole run took, to a tenth.
  public let milliseconds: Double

  /// The results in the order of releases.
  public let results: [VersionResult]

  /// The patch files beside the series that it does not list, or nil when there are none.
  public let unlisted: [String]?

  /// Makes the document of what was found on each of `versions`.
  public init(
    _ findings: [Check.Finding], onto versions: [Version], unlisted: [String] = [], milliseconds: Double
  ) {
    self.unlisted = unlisted.isEmpty ? nil : unlisted
    self.milliseconds = (milliseconds * 10).rounded() / 10
    let date = Date.now.formatted(.iso8601)
    results = zip(versions, findings).map { version, finding in
      switch finding {
      case .success(let rebase):
        return VersionResult(rebase, toolchain: "none", date: date)
      case .failure(let error):
        var result = VersionResult(version: version.tag, toolchain: "none", series: "", date: date)
        result.verdict = Verdict(error.blame)
        result.reason = "\(error)"
        return result
      }
    }
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
