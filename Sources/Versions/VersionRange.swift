/// Releases between two, both among them: `v6.6..v6.12`, `v6.12.38..`, `..v6.1`, or one release alone.
///
/// A last release of two numbers stands for all stable releases over it: `v6.6..v6.12` has 6.12.107 in it.
public struct VersionRange: Hashable, Sendable {
  /// The first release, or nil for no beginning.
  public let first: Version?

  /// The last release, or nil for no end.
  public let last: Version?

  /// Makes the range from `first` to `last`.
  public init(first: Version?, last: Version?) {
    self.first = first
    self.last = last
  }

  /// Reads two releases with `..` between them, either of which may be left out, or a single release.
  ///
  /// - Returns: The range, or nil for any other text and for a range that ends before it begins.
  public init?(_ text: some StringProtocol) {
    let text = Substring(text)
    guard let dots = text.firstIndex(of: "."), let place = Self.separator(in: text, from: dots) else {
      guard let version = Version(text) else { return nil }
      self.init(first: version, last: version)
      return
    }
    let (before, after) = (text[..<place], text[text.index(place, offsetBy: 2)...])
    let (first, last) = (Version(before), Version(after))
    guard before.isEmpty || first != nil, after.isEmpty || last != nil, first != nil || last != nil else {
      return nil
    }
    self.init(first: first, last: last)
    if let first, isOver(first) { return nil }
  }

  /// The one release that the range consists of, or nil when there may be more.
  public var single: Version? { first == last ? first : nil }

  /// Returns whether `version` lies in the range.
  public func contains(_ version: Version) -> Bool {
    if let single { return version == single }
    return first.map { version >= $0 } ?? true && !isOver(version)
  }

  /// Returns whether `version` comes after the last release.
  private func isOver(_ version: Version) -> Bool {
    guard let last else { return false }
    let isOfBranch = last.patch == 0 && last.candidate == nil
    return isOfBranch
      ? (version.major, version.minor) > (last.major, last.minor) : version > last
  }

  private static func separator(in text: Substring, from start: Substring.Index) -> Substring.Index? {
    var place = start
    while place < text.endIndex {
      if text[place...].hasPrefix("..") { return place }
      place = text.index(after: place)
    }
    return nil
  }
}
