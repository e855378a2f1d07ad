/// The rungs of the ladder that a version climbs, lowest first.
public enum Rung: String, Codable, CaseIterable, Sendable {
  /// The release's tree stands in the store under its tag.
  case fetched
  /// The series stands on it as commits.
  case rebased
  /// The kernel and its RAM-loaded twin are built.
  case compiled
  /// The flash image is made, and the layout checks passed.
  case laidOut = "laid-out"
  /// Both kernels ran to power-off in QEMU.
  case booted
  /// The XIP kernel was seen to execute in place, and each control failed to pass for it.
  case proved
}

extension Rung: Comparable {
  /// Returns whether `left` is climbed before `right`.
  public static func < (left: Self, right: Self) -> Bool {
    left.height < right.height
  }

  private var height: Int {
    switch self {
    case .fetched: 0
    case .rebased: 1
    case .compiled: 2
    case .laidOut: 3
    case .booted: 4
    case .proved: 5
    }
  }
}
