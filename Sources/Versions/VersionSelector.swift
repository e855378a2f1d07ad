/// Which of some listed releases are meant: a range, a line, the longterm lines, or the newest.
///
/// | text | selects |
/// |---|---|
/// | `v6.12.38` | that release |
/// | `v6.6..v6.12`, `v6.12.38..`, `..v6.1` | what lies in the range, see ``VersionRange`` |
/// | `6.12.*` | all releases of the line 6.12 |
/// | `lts` | the newest listed release of each line in ``LongtermLines`` |
/// | `latest` | the newest listed release |
///
/// Release candidates are selected by ranges and by their names only.
public enum VersionSelector: Hashable, Sendable {
  /// What lies between two releases, or one release alone.
  case range(VersionRange)
  /// The releases of the line that this release is the first of.
  case line(Version)
  /// The newest release of each longterm line.
  case longterm
  /// The newest release.
  case latest

  /// Reads a selector; returns nil for any other text.
  public init?(_ text: some StringProtocol) {
    switch text {
    case "lts": self = .longterm
    case "latest": self = .latest
    default:
      if text.hasSuffix(".*") {
        guard let line = Version(text.dropLast(2)), line.isFirstOfLine else { return nil }
        self = .line(line)
      } else if let range = VersionRange(text) {
        self = .range(range)
      } else {
        return nil
      }
    }
  }

  /// The release that is named outright, whether listed or not; nil for what selects among those listed.
  public var single: Version? {
    if case .range(let range) = self { range.single } else { nil }
  }

  /// Returns those of `listed` that are meant, in the order of releases.
  public func selected(from listed: some Sequence<Version>) -> [Version] {
    switch self {
    case .range(let range): return listed.filter(range.contains).sorted()
    case .line(let line):
      return listed.filter { $0.line == line && $0.candidate == nil }.sorted()
    case .longterm:
      let newest = Version.newestOfEachLine(in: listed)
      return newest.filter { LongtermLines.all.contains($0.line) }
    case .latest: return listed.filter { $0.candidate == nil }.max().map { [$0] } ?? []
    }
  }
}

extension VersionSelector: CustomStringConvertible {
  /// The selector as it is typed.
  public var description: String {
    switch self {
    case .longterm: return "lts"
    case .latest: return "latest"
    case .line(let line): return "\(line).*"
    case .range(let range):
      if let single = range.single { return single.tag }
      return "\(range.first?.tag ?? "")..\(range.last?.tag ?? "")"
    }
  }
}

extension Version {
  /// The mainline release over which this one, or the candidate of which it, is: 6.12 for 6.12.38.
  public var line: Version { Version(major, minor) }

  /// Whether it is a mainline release.
  fileprivate var isFirstOfLine: Bool { self == line }

  /// Returns the newest release of each line among `versions`, in order; candidates are left out.
  public static func newestOfEachLine(in versions: some Sequence<Version>) -> [Version] {
    var newest: [Version: Version] = [:]
    for version in versions where version.candidate == nil {
      newest[version.line] = max(version, newest[version.line] ?? version)
    }
    return newest.values.sorted()
  }
}

/// A selector that selects nothing, and what it could have selected from.
public struct NothingSelected: Error, Hashable, Sendable, CustomStringConvertible {
  let selector: VersionSelector
  let listed: [Version]
  let place: String

  /// The selector, and what is there: all of it, or the newest of each line where that is much.
  public var description: String {
    guard !listed.isEmpty else { return "\(selector) selects nothing: no version is \(place)" }
    let shown = listed.count <= 20 ? listed : Version.newestOfEachLine(in: listed)
    let what = listed.count <= 20 ? "" : " among others"
    return "\(selector) selects no version; \(place) are\(what) \(shown.map(\.tag).joined(separator: ", "))"
  }
}

extension [VersionSelector] {
  /// Returns the releases that are meant, each once, in the order in which the selectors name them.
  ///
  /// - Parameters:
  ///   - listed: What selectors select from; a release that is named outright need not be among them.
  ///   - place: Where those are, for the error: `listed` or `stored`.
  /// - Returns: The releases.
  /// - Throws: `NothingSelected` for a selector that selects nothing.
  public func selected(from listed: [Version], place: String) throws(NothingSelected) -> [Version] {
    var found: [Version] = []
    for selector in self {
      let selected = selector.single.map { [$0] } ?? selector.selected(from: listed)
      if selected.isEmpty { throw NothingSelected(selector: selector, listed: listed.sorted(), place: place) }
      for version in selected where !found.contains(version) { found.append(version) }
    }
    return found
  }
}
