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

  /// The name of the patch, at the second tag where it is there.
  public let name: String
  /// Its name at the first tag where that is another one, else nil.
  public let oldName: String?
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
  /// Returns how two forms of a series differ.
  ///
  /// Patches are pairs when they have the same name, or, among those without a pair, when they do the same, or nearly so.
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
    let old = zip(left.patches, left.messages).map { Essence($0, $1) }
    let new = zip(right.patches, right.messages).map { Essence($0, $1) }
    let pairs = PatchPairs(old, new)
    var order: [(old: Int?, new: Int?)] = old.indices.map { ($0, pairs.new(of: $0)) }
    var place = 0
    for index in new.indices {
      if let known = order.firstIndex(where: { $0.new == index }) {
        place = known + 1
      } else {
        order.insert((nil, index), at: place)
        place += 1
      }
    }
    var differences: [PatchDifference] = []
    for pair in order {
      let one = pair.old.map { old[$0] }
      let other = pair.new.map { new[$0] }
      guard let name = other?.name ?? one?.name else { continue }
      let oldName = other != nil && one?.name != name ? one?.name : nil
      let kind: Kind =
        one == nil ? .right : other == nil ? .left : one?.text == other?.text ? .same : .changed
      var lines: [String] = []
      if let one, let other, kind == .changed {
        let diff = try TextDiff.unified(from: one.text, to: other.text)
        lines = lineRanges(of: diff).map { String(decoding: diff[$0], as: UTF8.self) }
      }
      differences.append(.init(name: name, oldName: oldName, kind: kind, lines: lines))
    }
    return differences
  }
}

/// Which patch of one form of a series is which of another form.
struct PatchPairs {
  private var pairs: [Int: Int] = [:]

  /// Below this part of common lines two patches are two patches.
  private static let leastLikeness = 0.4

  init(_ old: [Essence], _ new: [Essence]) {
    for (index, patch) in old.enumerated() {
      if let same = new.firstIndex(where: { $0.name == patch.name }) { pairs[index] = same }
    }
    var candidates: [(old: Int, new: Int, score: Double)] = []
    let taken = Set(pairs.values)
    for (one, patch) in old.enumerated() where pairs[one] == nil {
      for (other, rival) in new.enumerated() where !taken.contains(other) {
        let score = patch.changes.likeness(to: rival.changes)
        if score >= Self.leastLikeness { candidates.append((one, other, score)) }
      }
    }
    // The most alike come first; of equal ones those in the order of the series.
    for pair in candidates.sorted(by: { ($1.score, $0.old, $0.new) < ($0.score, $1.old, $1.new) })
    where pairs[pair.old] == nil && !pairs.values.contains(pair.new) {
      pairs[pair.old] = pair.new
    }
  }

  /// Returns the number of the other form of the patch of number `old`, or nil when there is none.
  func new(of old: Int) -> Int? { pairs[old] }
}

/// A patch without what differs between any two releases: blob ids, line numbers, the mail that brought it.
struct Essence {
  let name: String
  /// Author, message and changes.
  let text: [UInt8]
  /// The lines of the changes.
  let changes: LineBag

  init(_ patch: RefreshedSeries.Patch, _ message: PatchMessage) {
    name = patch.name
    var head = message.author.name + " <".utf8 + message.author.email + ">\n\n".utf8
    head += message.commitMessage + "\n".utf8
    let changes = changesOnly(patch.content)
    text = head + changes
    self.changes = LineBag(changes)
  }
}

/// Returns the files of a patch with their hunks, from the first header to the signature of the mail.
private func changesOnly(_ patch: [UInt8]) -> [UInt8] {
  let ranges = lineRanges(of: patch)
  let first = ranges.indices.first { index in
    let line = patch[ranges[index]]
    if line.starts(with: "diff --git ".utf8) { return true }
    return line.starts(with: "--- ".utf8) && index + 1 < ranges.count
      && patch[ranges[index + 1]].starts(with: "+++ ".utf8)
  }
  guard let first else { return [] }
  var text: [UInt8] = []
  for range in ranges[first...] {
    let line = patch[range]
    if line.elementsEqual("-- ".utf8) { break }
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
