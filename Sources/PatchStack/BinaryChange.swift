/// The change of a file that is no text, as `git diff --binary` writes it.
public struct BinaryChange: Hashable, Sendable {
  /// One direction of the change.
  public enum Data: Hashable, Sendable {
    /// The whole content.
    case literal([UInt8])
    /// What makes the content out of the old one, in the form of git's packs.
    case delta([UInt8])
  }

  /// From the old content to the new one.
  public let forward: Data
  /// Back, where the patch holds it.
  public let backward: Data?

  /// The change that undoes this one, or nil where the patch does not hold it.
  var reversed: BinaryChange? {
    backward.map { BinaryChange(forward: $0, backward: forward) }
  }

  /// Returns the new content over `old`, or nil when the delta was made for another content.
  func applied(to old: [UInt8]) -> [UInt8]? {
    switch forward {
    case .literal(let content): content
    case .delta(let delta): applying(delta, to: old)
    }
  }
}

extension BinaryChange {
  /// Returns a `GIT binary patch` between two contents, with both as they are: what deflates them is left to git.
  static func text(from old: [UInt8], to new: [UInt8], isReversed: Bool) -> [UInt8] {
    let sides = isReversed ? [old, new] : [new, old]
    return Array("GIT binary patch\n".utf8) + sides.flatMap { literal($0) }
  }

  private static func literal(_ content: [UInt8]) -> [UInt8] {
    let stream = deflatedByStoring(content)
    var text = Array("literal \(content.count)\n".utf8)
    for start in stride(from: 0, to: stream.count, by: 52) {
      let line = stream[start..<min(start + 52, stream.count)]
      text.append(UInt8(line.count <= 26 ? 64 + line.count : 96 + line.count - 26))
      for word in stride(from: line.startIndex, to: line.endIndex, by: 4) {
        let bytes = Array(line[word..<min(word + 4, line.endIndex)])
        var rest = (0..<4).reduce(UInt32(0)) { $0 << 8 | ($1 < bytes.count ? UInt32(bytes[$1]) : 0) }
        var digits: [UInt8] = []
        for _ in 0..<5 {
          digits.append(base85Digits[Int(rest % 85)])
          rest /= 85
        }
        text += digits.reversed()
      }
      text.append(UInt8(ascii: "\n"))
    }
    return text + [UInt8(ascii: "\n")]
  }
}

/// Returns what `delta` makes of `old`, or nil when it is malformed or made for a text of another length.
///
/// The format is that of git's `gitformat-pack(5)`: both lengths, then copies from the old text and literal runs.
private func applying(_ delta: [UInt8], to old: [UInt8]) -> [UInt8]? {
  var position = 0
  func next() -> Int? {
    guard position < delta.count else { return nil }
    defer { position += 1 }
    return Int(delta[position])
  }
  func length() -> Int? {
    var value = 0
    for shift in stride(from: 0, through: 49, by: 7) {
      guard let byte = next() else { return nil }
      value |= (byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }
  guard let oldLength = length(), oldLength == old.count, let newLength = length() else { return nil }
  var result: [UInt8] = []
  while position < delta.count {
    guard let command = next() else { return nil }
    if command & 0x80 == 0 {
      guard command > 0, position + command <= delta.count else { return nil }
      result += delta[position..<(position + command)]
      position += command
      continue
    }
    var offset = 0
    var count = 0
    for index in 0..<4 where command & 1 << index != 0 {
      guard let byte = next() else { return nil }
      offset |= byte << (8 * index)
    }
    for index in 0..<3 where command & 0x10 << index != 0 {
      guard let byte = next() else { return nil }
      count |= byte << (8 * index)
    }
    if count == 0 { count = 0x10000 }
    guard offset + count <= old.count else { return nil }
    result += old[offset..<(offset + count)]
  }
  return result.count == newLength ? result : nil
}
