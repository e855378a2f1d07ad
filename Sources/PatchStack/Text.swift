#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The content of a file, and where its lines start.
struct Text {
  let bytes: [UInt8]
  /// The offset of each line, and the length of the text behind the last one.
  private let starts: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [0]
    bytes.withUnsafeBytes { text in
      guard let base = text.baseAddress else { return }
      var offset = 0
      while offset < text.count,
        let feed = memchr(base + offset, Int32(UInt8(ascii: "\n")), text.count - offset)
      {
        offset = UnsafeRawPointer(feed) - base + 1
        starts.append(offset)
      }
    }
    if starts.last != bytes.count { starts.append(bytes.count) }
    self.starts = starts
  }

  var lineCount: Int { starts.count - 1 }

  /// Returns the bytes of the lines with these indices, which count from 0.
  subscript(lines: Range<Int>) -> ArraySlice<UInt8> {
    bytes[starts[lines.lowerBound]..<starts[lines.upperBound]]
  }

  /// Returns the indices of the lines at which `lines`, whole lines joined, stand in the text.
  func occurrences(of lines: [UInt8]) -> [Int] {
    guard !lines.isEmpty else { return [] }
    var found: [Int] = []
    bytes.withUnsafeBytes { text in
      lines.withUnsafeBytes { wanted in
        guard let base = text.baseAddress, let pattern = wanted.baseAddress else { return }
        for line in 0..<lineCount {
          let end = starts[line] + wanted.count
          if end > text.count { break }
          guard memcmp(base + starts[line], pattern, wanted.count) == 0 else { continue }
          // Without its line feed the last line would also match the start of a longer one.
          if wanted.last == UInt8(ascii: "\n") || end == text.count { found.append(line) }
        }
      }
    }
    return found
  }
}
