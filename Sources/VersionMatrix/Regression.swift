import PatchStack

/// A version and toolchain that got further once than it gets now.
public struct Regression: Hashable, Sendable {
  /// How far it got.
  public let before: VersionResult
  /// How far it gets.
  public let now: VersionResult

  /// Version, toolchain, both rungs, the patches at fault, and the first line of the reason.
  public var summary: String {
    let patches = now.patches.filter { $0.outcome == .conflict }.map(\.name)
    let fault = patches.isEmpty ? "" : " (\(patches.joined(separator: ", ")))"
    let lines = (now.reason ?? "no reason was recorded").split(separator: "\n")
    return "\(now.version) \(now.toolchain): was \(before.rung?.rawValue ?? "nowhere"), is "
      + "\(now.rung?.rawValue ?? "nowhere")\(fault): \(lines.first ?? "")"
  }
}

extension Record {
  /// Returns what passed in `earlier` and fails in this record, in the order of releases.
  ///
  /// Versions that have no result here, or one that could not be finished, tell nothing.
  public func regressions(since earlier: Record) -> [Regression] {
    entries.flatMap(\.results).compactMap { now in
      guard now.verdict == .fail, let before = earlier.result(now.version, toolchain: now.toolchain),
        before.verdict == .pass
      else { return nil }
      return Regression(before: before, now: now)
    }
  }
}
