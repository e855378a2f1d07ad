public import Host
import PatchStack
public import Versions

/// The first release on which a series stops to reach a rung.
public struct BisectFinding: Hashable, Sendable {
  /// The end that was said to be good, a tag.
  public let good: String
  /// The end that was said to be bad.
  public let bad: String
  /// The rung that was looked at.
  public let until: Rung
  /// The first release that does not reach it.
  public let firstBad: VersionResult
  /// The tag of the last release before it that does.
  public let lastGood: String
  /// Releases between the two of which nothing could be told: the first bad one may be among them.
  public let untold: [VersionResult]
  /// The tags of releases behind a bad one that reach the rung again.
  public let healed: [String]
  /// How many releases there are from one end to the other.
  public let releases: Int
  /// The commit between the two releases, nil where the repository has no history that joins them.
  public var commits: Commits?

  /// The first commit on which the series stops to reach the rung.
  public struct Commits: Hashable, Sendable {
    /// 40 hexadecimal digits.
    public let firstBad: String
    /// The first line of its message.
    public let subject: String
    /// Commits behind it of which nothing could be told.
    public let untold: [String]
    /// What became of the series on it; nil where it is the release itself.
    public let result: VersionResult?
  }
}

extension VersionResult {
  /// The rung that was not reached, nil when all were.
  public var failedRung: Rung? {
    guard let rung else { return .fetched }
    return Rung.allCases.first { $0 > rung }
  }

  /// The patches that are at fault, where one is: those in conflict.
  public var patchesAtFault: [String] { patches.filter { $0.outcome == .conflict }.map(\.name) }
}

/// Why a search cannot be made.
public enum BisectError: Failure {
  /// The good release does not come before the bad one.
  case wrongOrder(Version, Version)
  /// The release that was said to be good is not.
  case goodFails(VersionResult)
  /// The release that was said to be bad reaches the rung.
  case badPasses(Version, Rung)
  /// Of an end nothing can be told.
  case endUntold(VersionResult)

  /// The version's where the good one fails, the machine's where nothing can be told, else the user's.
  public var blame: Blame {
    switch self {
    case .wrongOrder, .badPasses: .usage
    case .goodFails: .version
    case .endUntold: .infrastructure
    }
  }

  /// Which end it is, and why.
  public var description: String {
    switch self {
    case .wrongOrder(let good, let bad):
      "\(good.tag) does not come before \(bad.tag); name the good release first: the first bad one is looked for"
    case .goodFails(let result):
      "\(result.version) was said to be good and fails: \(result.reason ?? "no reason is known")"
    case .badPasses(let version, let rung):
      "\(version.tag) was said to be bad and is \(rung.rawValue); nothing to look for, unless above that: --until"
    case .endUntold(let result):
      "nothing can be told of \(result.version): \(result.reason ?? "no reason is known")"
    }
  }
}
