/// A release of Linux, ordered as releases are: `6.12-rc7 < 6.12 < 6.12.1 < 6.13-rc1`.
public struct Version: Hashable, Sendable {
  /// The first number: 6 in 6.12.38.
  public let major: Int

  /// The second number: 12 in 6.12.38.
  public let minor: Int

  /// The stable release over `major.minor`, 0 for the mainline release itself.
  public let patch: Int

  /// The release candidate this is of `major.minor`, or nil for a release.
  public let candidate: Int?

  /// Makes the version of a stable or mainline release, or of a candidate when `candidate` is given.
  public init(_ major: Int, _ minor: Int, _ patch: Int = 0, candidate: Int? = nil) {
    self.major = major
    self.minor = minor
    self.patch = patch
    self.candidate = candidate
  }

  /// Reads `6.12.38`, `v6.12.38`, `6.12`, or `v6.12-rc7`; returns nil for any other text.
  public init?(_ text: some StringProtocol) {
    var rest = Substring(text)
    if rest.hasPrefix("v") { rest.removeFirst() }
    var candidate: Int?
    if let dash = rest.firstIndex(of: "-") {
      let suffix = rest[rest.index(after: dash)...]
      guard suffix.hasPrefix("rc"), let number = decimal(suffix.dropFirst(2)) else { return nil }
      candidate = number
      rest = rest[..<dash]
    }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3,
      let major = decimal(parts[0]), let minor = decimal(parts[1])
    else { return nil }
    var patch = 0
    if parts.count == 3 {
      guard candidate == nil, let number = decimal(parts[2]) else { return nil }
      patch = number
    }
    self.init(major, minor, patch, candidate: candidate)
  }

  /// The name of its tag in the kernel's repositories: `v6.12.38`, `v6.12`, `v6.12-rc7`.
  public var tag: String { "v\(self)" }
}

extension Version: Comparable {
  /// Returns whether `left` was released before `right` on a line drawn through all branches.
  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor, left.patch, left.candidate ?? .max)
      < (right.major, right.minor, right.patch, right.candidate ?? .max)
  }
}

extension Version: CustomStringConvertible {
  /// The version as the kernel's own makefile prints it, without a leading `v`.
  public var description: String {
    let release = patch == 0 ? "\(major).\(minor)" : "\(major).\(minor).\(patch)"
    return candidate.map { "\(release)-rc\($0)" } ?? release
  }
}

/// Returns the value of one to nine ASCII digits, or nil.
private func decimal(_ text: Substring) -> Int? {
  guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
    return nil
  }
  return Int(text)
}
