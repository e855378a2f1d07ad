internal import Host

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The content of a file, looked at as lines.
///
/// No index of the lines is made: most questions are about a few of the ten thousands of lines that a large file has.
struct Text {
  let bytes: [UInt8]

  /// The start of a line, or the end of the text.
  struct Place: Hashable {
    /// The index of the line, from 0.
    var line: Int
    /// Where its bytes start.
    var offset: Int

    static let start = Place(line: 0, offset: 0)
  }

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Returns where the line of this index starts; nil when the text ends before it.
  ///
  /// The index behind the last line is the end's. The search starts at `known`, a place not behind the one wanted.
  func place(ofLine line: Int, from known: Place = .start) -> Place? {
    bytes.withUnsafeBytes { text in
      var place = known
      while place.line < line {
        guard place.offset < text.count, let base = text.baseAddress else { return nil }
        let feed = memchr(base + place.offset, Int32(lineFeed), text.count - place.offset)
        place.offset = feed.map { UnsafeRawPointer($0) - base + 1 } ?? text.count
        place.line += 1
      }
      return place.line == line ? place : nil
    }
  }

  /// Returns the offsets of the lines at which `lines`, whole lines joined, stand in the text.
  func occurrences(of lines: [UInt8]) -> [Int] {
    occurrences(of: lines, isBounded: false) ?? []
  }

  /// Returns what ``occurrences(of:)`` does; nil where that is bounded and takes longer than reading the text a few times:
  /// its start stands nearly everywhere.
  func occurrences(of lines: [UInt8], isBounded: Bool) -> [Int]? {
    bytes.withUnsafeBytes { text in
      lines.withUnsafeBytes { wanted in
        var found: [Int] = []
        let limit = isBounded ? 16 * text.count + 1 << 20 : .max
        let isWhole = offsets(of: wanted, in: text, limit: limit) { offset in
          if offset == 0 || text[offset - 1] == lineFeed { found.append(offset) }
        }
        return isWhole ? found : nil
      }
    }
  }

  /// Returns whether `lines`, whole lines joined, stand at `place`.
  func has(_ lines: [UInt8], at place: Place) -> Bool {
    bytes.withUnsafeBytes { text in
      lines.withUnsafeBytes { wanted in
        let end = place.offset + wanted.count
        // Without its line feed the last line has to be the text's last.
        guard end <= text.count, wanted.last == lineFeed || end == text.count, let base = text.baseAddress,
          let start = wanted.baseAddress
        else { return false }
        return memcmp(base + place.offset, start, wanted.count) == 0
      }
    }
  }

  /// Returns the places of the lines that start at `offsets`, which ascend, counted from a place before them.
  func places(ofLinesAt offsets: some Sequence<Int>, from known: Place = .start) -> [Place] {
    bytes.withUnsafeBytes { text in
      var place = known
      return offsets.map { offset in
        place.line += countLineFeeds(in: UnsafeRawBufferPointer(rebasing: text[place.offset..<offset]))
        place.offset = offset
        return place
      }
    }
  }
}

private let lineFeed = UInt8(ascii: "\n")

/// Calls `found` with every offset of `pattern`, which is made of whole lines, in `text`.
///
/// It is Horspool's search by pairs of bytes: most bytes of the text are not looked at. It ends, and returns false, when
/// it has compared more than `limit` bytes.
private func offsets(
  of pattern: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, limit: Int, found: (Int) -> Void
) -> Bool {
  guard let wanted = pattern.baseAddress, let base = text.baseAddress, pattern.count <= text.count
  else { return true }
  func check(_ offset: Int) {
    if memcmp(base + offset, wanted, pattern.count) == 0 { found(offset) }
  }
  // Without its line feed the last line would also match the start of a longer one: it has to be the text's last.
  guard pattern.last == lineFeed else {
    check(text.count - pattern.count)
    return true
  }
  // The shifts are bytes; of a longer pattern the rest is compared where its start is found.
  let length = min(pattern.count, 255)
  let ends = text.count - (pattern.count - length)
  if length == 1 {
    for offset in 0..<ends where text[offset] == lineFeed { found(offset) }
    return true
  }
  func pair(_ bytes: UnsafeRawBufferPointer, endingAt index: Int) -> Int {
    Int(bytes[index] &- bytes[index - 1] << 3)
  }
  return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { shifts in
    shifts.initialize(repeating: UInt8(length - 1))
    for index in 1..<(length - 1) { shifts[pair(pattern, endingAt: index)] = UInt8(length - 1 - index) }
    let final = pair(pattern, endingAt: length - 1)
    let step = max(1, Int(shifts[final]))
    shifts[final] = 0
    var end = length - 1
    var compared = 0
    while end < ends {
      let shift = Int(shifts[pair(text, endingAt: end)])
      if shift == 0 {
        compared += pattern.count
        if compared > limit { return false }
        check(end - length + 1)
        end += step
      } else {
        end += shift
      }
    }
    return true
  }
}
