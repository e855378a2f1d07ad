internal import Git

/// How a patch differs between two tags.
public struct PatchDifference: Codable, Hashable, Sendable {
  /// The kind of difference.
  public enum Kind: String, Codable, Hashable, Sendable {
    /// The patch is the same, whatever its line numbers are.
    case same
    case changed
    /// Only the first tag needs it.
    case left
    /// Only the second tag needs it.
    case right
  }

  /// The name of the patch.
  public let name: String
  /// The kind of difference.
  public let kind: Kind
  /// The lines that differ, as a unified diff of the two patches; empty unless the patch changed.
  public let lines: [String]
}

extension Rebaser {
  /// Returns how the stack differs between two tags, patch by patch.
  ///
  /// Line numbers and blob ids are not looked at: they differ between any two releases.
  ///
  /// - Returns: The differences in the order of the series, or nil when the series has conflicts at one of the tags.
  /// - Throws: `PatchStackError` as ``rebase(onto:)``.
  public mutating func rangeDiff(
    from first: String, to second: String
  ) throws(PatchStackError) -> [PatchDifference]? {
    guard let left = try refresh(onto: first), let right = try refresh(onto: second) else { return nil }
    return try PatchDifference.between(left, right)
  }
}

extension PatchDifference {
  /// Returns how two forms of a series differ, paired by the names of their patches.
  ///
  /// - Returns: The differences in the order of the patches; one that only a form has stands behind the patch that it
  ///   follows there.
  public static func between(
    _ left: RefreshedSeries, _ right: RefreshedSeries
  ) throws(PatchStackError) -> [PatchDifference] {
    do { return try differences(left, right) } catch { throw .git(error) }
  }

  private static func differences(
    _ left: RefreshedSeries, _ right: RefreshedSeries
  ) throws(GitError) -> [PatchDifference] {
    var order = left.patches.map(\.name)
    var place = 0
    for name in right.patches.map(\.name) {
      if let known = order.firstIndex(of: name) {
        place = known + 1
      } else {
        order.insert(name, at: place)
        place += 1
      }
    }
    var differences: [PatchDifference] = []
    for name in order {
      let old = left.patches.first { $0.name == name }.map { essence(of: $0.content) }
      let new = right.patches.first { $0.name == name }.map { essence(of: $0.content) }
      switch (old, new) {
      case (nil, nil): break
      case (_?, nil): differences.append(.init(name: name, kind: .left, lines: []))
      case (nil, _?): differences.append(.init(name: name, kind: .right, lines: []))
      case (let old?, let new?) where old == new:
        differences.append(.init(name: name, kind: .same, lines: []))
      case (let old?, let new?):
        let diff = try TextDiff.unified(from: old, to: new)
        let lines = lineRanges(of: diff).map { String(decoding: diff[$0], as: UTF8.self) }
        differences.append(.init(name: name, kind: .changed, lines: lines))
      }
    }
    return differences
  }
}

/// Returns a patch without what differs between any two releases: blob ids and line numbers.
private func essence(of patch: [UInt8]) -> [UInt8] {
  var text: [UInt8] = []
  for range in lineRanges(of: patch) {
    let line = patch[range]
    if line.starts(with: "index ".utf8) { continue }
    if line.starts(with: "@@ -".utf8), let end = endOfNumbers(line) {
      text += "@@".utf8 + line[end...]
    } else {
      text += line
    }
    text.append(UInt8(ascii: "\n"))
  }
  return text
}

private func endOfNumbers(_ line: ArraySlice<UInt8>) -> Int? {
  var rest = line.dropFirst(2)
  while let at = rest.firstIndex(of: UInt8(ascii: "@")) {
    if rest[(at + 1)...].first == UInt8(ascii: "@") { return at + 2 }
    rest = rest[(at + 1)...]
  }
  return nil
}
