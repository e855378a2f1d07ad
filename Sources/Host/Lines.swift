/// Pieces of output put together to lines.
///
/// A line is cut at ``limit``, so that a program which never ends its line takes no more memory than that.
public struct Lines: Sendable {
  /// The most bytes of a line that are kept.
  public static let limit = 1 << 20

  private var rest: [UInt8] = []

  /// Makes an empty buffer.
  public init() {}

  /// Passes on each line that `piece` completes, without its line feed (and carriage return).
  public mutating func add(_ piece: RawSpan, line: (ArraySlice<UInt8>) -> Void) {
    // What was looked at before has no line feed.
    var searched = rest.endIndex
    piece.withUnsafeBytes { rest.append(contentsOf: $0) }
    var start = rest.startIndex
    while let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      line(trimmed(rest[start..<end].prefix(Self.limit)))
      start = end + 1
      searched = start
    }
    rest.removeSubrange(..<start)
    if rest.count > Self.limit { rest.removeSubrange(Self.limit...) }
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
  guard let bytes = text.assumingMemoryBound(to: UInt8.self).baseAddress else { return 0 }
  // The compiler compares sixteen bytes at once where the counter is one byte, which 240 of them cannot overflow, and
  // the loop is spelt out.
  let block = 240
  let feed = UInt8(ascii: "\n")
  var count = 0
  var start = bytes
  for _ in 0..<(text.count / block) {
    var counter: UInt8 = 0
    var index = 0
    while index < block {
      counter = counter &+ (start[index] == feed ? 1 : 0)
      index &+= 1
    }
    count += Int(counter)
    start += block
  }
  for index in 0..<(text.count % block) where start[index] == feed { count += 1 }
  return count
}
