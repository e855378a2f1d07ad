internal import Host

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The search for many runs of lines in one text.
///
/// The first few are looked for one by one, which is the faster for most patches. From then on, and where that would take
/// long, an index of the lines tells where the rarest line of a run stands, so that a million hunks take little longer
/// than reading them does. What was made to stand nearly everywhere is given up when it takes too much work.
struct LineSearch {
  let text: Text
  /// What the index had to look at: a line, or 64 bytes of one.
  private(set) var work = 0
  /// How much of that may be done.
  let limit: Int
  private var searches = 0
  private var index: LineIndex?

  /// How many runs are looked for without an index.
  static let few = 32

  /// The search was given up, because it would take too long.
  struct TooMuch: Error {}

  /// Where a run of lines stands.
  struct Found {
    /// How often it does in the whole text.
    var count = 0
    /// The places that were asked for, in order.
    var places: [Text.Place] = []
    /// The numbers, from 1, of the first lines of the first few.
    var lines: [Int] = []

    /// How many lines an error names.
    static let named = 8
  }

  /// Makes the search in `text`, of which `limit` bounds the work; nil for what suits the text's size.
  init(_ text: Text, limit: Int? = nil) {
    self.text = text
    self.limit = limit ?? (1 << 26 + 8 * text.bytes.count)
  }

  /// Returns where `lines`, whole lines joined, stand in the text.
  ///
  /// - Parameters:
  ///   - lines: At least one byte.
  ///   - start: The place from which on places are asked for.
  /// - Returns: The places, and how often they stand in all.
  /// - Throws: `TooMuch`.
  mutating func find(_ lines: [UInt8], from start: Text.Place = .start) throws(TooMuch) -> Found {
    searches += 1
    if index == nil, searches <= Self.few, let offsets = text.occurrences(of: lines, isBounded: true) {
      let places = text.places(ofLinesAt: offsets.filter { $0 >= start.offset }, from: start)
      var found = Found(count: offsets.count, places: places)
      if offsets.count > 1 {
        found.lines = text.places(ofLinesAt: offsets.prefix(Found.named)).map { $0.line + 1 }
      }
      return found
    }
    let index = self.index ?? LineIndex(text)
    self.index = index
    var found = Found()
    guard
      index.find(
        lines, work: &work, limit: limit,
        found: { place in
          found.count += 1
          if place.offset >= start.offset { found.places.append(place) }
          if found.lines.count < Found.named { found.lines.append(place.line + 1) }
        })
    else { throw TooMuch() }
    return found
  }
}

/// The lines of a text by what they say.
private struct LineIndex {
  private let text: Text
  /// Where each line starts, and the end behind the last.
  private let starts: [Int]
  /// For each bucket its first line, -1 where it has none, and how many it has.
  private let buckets: [(first: Int32, count: Int32)]
  /// For each line the next of its bucket, -1 behind the last.
  private let next: [Int32]

  init(_ text: Text) {
    var starts: [Int] = []
    var size = 64
    text.bytes.withUnsafeBytes { bytes in
      forEachLine(of: bytes) { start, _ in starts.append(start) }
      starts.append(bytes.count)
    }
    while size < starts.count { size *= 2 }
    var buckets = [(first: Int32, count: Int32)](repeating: (-1, 0), count: size)
    var next = [Int32](repeating: -1, count: starts.count)
    text.bytes.withUnsafeBytes { bytes in
      // From the end, so that each bucket has its lines in order.
      for line in (0..<(starts.count - 1)).reversed() {
        let bucket = hash(bytes[starts[line]..<starts[line + 1]]) & (size - 1)
        next[line] = buckets[bucket].first
        buckets[bucket] = (Int32(line), buckets[bucket].count + 1)
      }
    }
    self.text = text
    self.starts = starts
    self.buckets = buckets
    self.next = next
  }

  /// Calls `found` with each place of `lines`, in order; returns false when that would take more than `limit`.
  func find(_ lines: [UInt8], work: inout Int, limit: Int, found: (Text.Place) -> Void) -> Bool {
    lines.withUnsafeBytes { wanted in
      text.bytes.withUnsafeBytes { bytes in
        guard let pattern = wanted.baseAddress, let base = bytes.baseAddress else { return true }
        var rarest = (number: 0, first: Int32(-1), count: Int32.max)
        var number = 0
        forEachLine(of: wanted) { start, end in
          // The last line may lack its line feed, and then has to be the last of the text.
          let bucket = buckets[hash(wanted[start..<end]) & (buckets.count - 1)]
          if bucket.count < rarest.count { rarest = (number, bucket.first, bucket.count) }
          number += 1
        }
        work += 1 + wanted.count / 64
        var line = Int(rarest.first)
        while line >= 0 {
          work += 1 + wanted.count / 64
          if work > limit { return false }
          let first = line - rarest.number
          if first >= 0, starts[first] + wanted.count <= bytes.count,
            memcmp(base + starts[first], pattern, wanted.count) == 0,
            wanted.last == lineFeed || starts[first] + wanted.count == bytes.count
          {
            found(Text.Place(line: first, offset: starts[first]))
          }
          line = Int(next[line])
        }
        return true
      }
    }
  }
}

/// Calls `body` with the start and the end of each line, which has its line feed.
private func forEachLine(of bytes: UnsafeRawBufferPointer, _ body: (Int, Int) -> Void) {
  guard let base = bytes.baseAddress else { return }
  var start = 0
  while start < bytes.count {
    let feed = memchr(base + start, Int32(lineFeed), bytes.count - start)
    let end = feed.map { UnsafeRawPointer($0) - base + 1 } ?? bytes.count
    body(start, end)
    start = end
  }
}

/// Returns a number that differs for most lines that differ; those for which it does not only cost time.
private func hash(_ line: Slice<UnsafeRawBufferPointer>) -> Int {
  let bytes = UnsafeRawBufferPointer(rebasing: line)
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  var offset = 0
  while offset + 8 <= bytes.count {
    state = (state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
    state ^= state >> 32
    offset += 8
  }
  while offset < bytes.count {
    state = (state ^ UInt64(bytes[offset])) &* 0xff51_afd7_ed55_8ccd
    state ^= state >> 32
    offset += 1
  }
  return Int(truncatingIfNeeded: state >> 1)
}

private let lineFeed = UInt8(ascii: "\n")
