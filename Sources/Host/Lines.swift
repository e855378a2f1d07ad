/// Pieces of output put together to lines.
public struct Lines: Sendable {
  private var rest: [UInt8] = []

  /// Makes an empty buffer.
  public init() {}

  /// Passes on each line that `piece` completes, without its line feed (and carriage return).
  public mutating func add(_ piece: RawSpan, line: (ArraySlice<UInt8>) -> Void) {
    piece.withUnsafeBytes { rest.append(contentsOf: $0) }
    var start = rest.startIndex
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      line(trimmed(rest[start..<end]))
      start = end + 1
    }
    rest.removeSubrange(..<start)
  }

  /// Passes on what stands behind the last line feed, if anything does.
  public mutating func finish(line: (ArraySlice<UInt8>) -> Void) {
    if !rest.isEmpty { line(trimmed(rest[...])) }
    rest = []
  }

  private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == UInt8(ascii: "\r") ? line.dropLast() : line
  }
}

/// Returns how many line feeds `text` has.
public func countLineFeeds(in text: UnsafeRawBufferPointer) -> Int {
  let ones: UInt64 = 0x0101_0101_0101_0101
  var others = 0
  var offset = 0
  // Eight bytes at a time, each with a counter of its own, which are added up before one can overflow.
  while offset + 8 <= text.count {
    let end = min(offset + 255 * 8, text.count & ~7)
    var counters: UInt64 = 0
    while offset < end {
      let bytes = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ (ones &* 0x0a)
      // A line feed is 0 now, and of the eight sums only that of a 0 does not reach the highest bit.
      let sums = (bytes & (ones &* 0x7f)) &+ (ones &* 0x7f) | bytes
      counters &+= (sums &>> 7) & ones
      offset += 8
    }
    let pairs = (counters & 0x00ff_00ff_00ff_00ff) &+ ((counters &>> 8) & 0x00ff_00ff_00ff_00ff)
    others += Int((pairs &* 0x0001_0001_0001_0001) &>> 48)
  }
  var count = offset - others
  while offset < text.count {
    if text[offset] == UInt8(ascii: "\n") { count += 1 }
    offset += 1
  }
  return count
}
