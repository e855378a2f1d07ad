public import VersionMatrix

/// Where a series breaks, as a JSON document for programs: `{"schema":1,"good","bad","until","firstBad","lastGood","rung",
/// "reason","patches","isMonotonic","healed","untold","commit":{"firstBad","subject","untold","reason"},"result"}`.
public struct BisectDocument: Codable, Sendable {
  /// The first commit that breaks it.
  public struct Commit: Codable, Sendable {
    /// 40 hexadecimal digits.
    public let firstBad: String
    /// The first line of its message.
    public let subject: String
    /// Commits behind it of which nothing could be told.
    public let untold: [String]
    /// Why the series does not get as far there; nil where the commit is the release itself.
    public let reason: String?
  }

  /// A release of which nothing could be told.
  public struct Untold: Codable, Sendable {
    /// Its tag.
    public let version: String
    /// Why.
    public let reason: String?
  }

  /// The number of the document's format.
  public var schema = 1
  /// The ends as they were asked for.
  public let good, bad: String
  /// The rung that was looked at.
  public let until: Rung
  /// The tag of the first release that does not reach it.
  public let firstBad: String
  /// The tag of the last one before it that does.
  public let lastGood: String
  /// The rung that the first bad release does not reach.
  public let rung: Rung
  /// Why.
  public let reason: String?
  /// The patches at fault, where one is.
  public let patches: [String]
  /// Whether no release behind a bad one was seen to reach the rung.
  public let isMonotonic: Bool
  /// Those that were.
  public let healed: [String]
  /// Releases between the last good and the first bad one of which nothing could be told.
  public let untold: [Untold]
  /// The commit, where the repository has the history.
  public let commit: Commit?
  /// What became of the first bad release.
  public let result: VersionResult

  /// Makes the document of `finding`.
  public init(_ finding: BisectFinding) {
    good = finding.good
    bad = finding.bad
    until = finding.until
    firstBad = finding.firstBad.version
    lastGood = finding.lastGood
    rung = finding.firstBad.failedRung ?? finding.until
    reason = finding.firstBad.reason
    patches = finding.firstBad.patchesAtFault
    isMonotonic = finding.healed.isEmpty
    healed = finding.healed
    untold = finding.untold.map { Untold(version: $0.version, reason: $0.reason) }
    commit = finding.commits.map {
      Commit(firstBad: $0.firstBad, subject: $0.subject, untold: $0.untold, reason: $0.result?.reason)
    }
    result = finding.firstBad
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }

  /// The finding for people, a line each.
  public var lines: [String] {
    var lines = [
      "first bad  \(firstBad), not \(rung.rawValue)",
      "last good  \(lastGood)",
    ]
    if !patches.isEmpty { lines.append("patch      \(patches.joined(separator: ", "))") }
    if let reason {
      let indented = reason.split(separator: "\n").joined(separator: "\n           ")
      lines.append("reason     \(indented)")
    }
    if let commit {
      lines.append("commit     \(commit.firstBad.prefix(12)) (\(commit.subject))")
      if !commit.untold.isEmpty {
        let names = commit.untold.map { String($0.prefix(12)) }.joined(separator: ", ")
        lines.append("not told   \(names): the first bad commit may be one of them")
      }
    }
    for release in untold {
      lines.append("not told   \(release.version): \(release.reason ?? "no reason is known")")
    }
    if !isMonotonic {
      lines.append(
        "not one break: \(healed.joined(separator: ", ")) \(healed.count == 1 ? "is" : "are") \(until.rawValue) "
          + "again; bisect behind that too")
    }
    return lines
  }
}
