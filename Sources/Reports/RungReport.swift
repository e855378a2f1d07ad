public import VersionMatrix

/// What a report says of one rung of one result; KTAP, JUnit and KCIDB are all made of these.
public struct RungReport: Hashable, Sendable {
  /// How the climb went on this rung.
  public enum Status: Hashable, Sendable {
    /// It was reached.
    case passed
    /// The kernel or the series kept it from being reached.
    case failed
    /// The climb could not be finished here, which says nothing about the kernel.
    case unfinished
    /// It was not tried: the climb ended below, or its goal was lower.
    case notTried
  }

  /// The rung.
  public let rung: Rung
  /// How the climb went on it.
  public let status: Status
  /// How long it took, or nil when that was not measured.
  public let seconds: Double?
  /// Why it was not reached, or nil when it was or was not tried.
  public let reason: String?
  /// The part of a log that tells of it, or nil when there is none.
  public let log: String?

  /// Reason and log in one text, or nil when there is neither.
  public var account: String? {
    let parts = [reason, log].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
  }
}

extension VersionResult {
  /// Every rung of the ladder, lowest first.
  public var rungs: [RungReport] {
    let reached = rung.map { top in Rung.allCases.count { $0 <= top } } ?? 0
    return Rung.allCases.enumerated().map { height, rung in
      let status: RungReport.Status =
        switch verdict {
        case _ where height < reached: .passed
        case .fail where height == reached: .failed
        case .error where height == reached: .unfinished
        default: .notTried
        }
      let isEnd = status == .failed || status == .unfinished
      return RungReport(
        rung: rung, status: status, seconds: seconds[rung.rawValue],
        reason: isEnd ? self.reason ?? "no reason was recorded" : nil, log: isEnd ? log : nil)
    }
  }

  /// The name of the result among others: version and toolchain.
  var title: String { "\(version) \(toolchain)" }
}
