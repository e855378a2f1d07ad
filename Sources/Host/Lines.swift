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
