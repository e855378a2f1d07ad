/// The lines of a `series` file, byte for byte, as patches come, go and change their places.
///
/// Comments right above a patch go with it; all other lines, such as headings with a blank line behind, stay in front
/// of the place in the order where they are.
struct SeriesList {
  /// One patch.
  struct Entry {
    /// Its name.
    let name: String
    /// The comments right above it, each with its line feed.
    var above: [UInt8] = []
    /// Its line, with a line feed.
    var line: [UInt8]
  }

  let entries: [Entry]
  /// The lines that stay, in front of each patch and behind the last.
  private let between: [[UInt8]]

  /// Reads the file.
  init(_ content: [UInt8]) {
    var entries: [Entry] = []
    var between: [[UInt8]] = [[]]
    var comments: [UInt8] = []
    for range in lineRanges(of: content) {
      let line = Array(content[range]) + [UInt8(ascii: "\n")]
      let words = String(decoding: content[range], as: UTF8.self).split(whereSeparator: \.isWhitespace)
      if let first = words.first, !first.hasPrefix("#") {
        entries.append(Entry(name: String(first), above: comments, line: line))
        between.append([])
        comments = []
      } else if words.isEmpty || entries.isEmpty && isBase(words) {
        between[entries.count] += comments + line
        comments = []
      } else {
        comments += line
      }
    }
    between[entries.count] += comments
    self.entries = entries
    self.between = between
  }

  /// A patch of the new order: one of the old ones by its number from 0, or a new line.
  enum Step {
    case old(Int)
    case new(Entry)
  }

  /// Returns the file with the patches of `steps`, each old one at most once.
  func rearranged(_ steps: [Step]) -> [UInt8] {
    let kept = steps.compactMap { if case .old(let number) = $0 { number } else { nil } }.sorted()
    var text: [UInt8] = between[0]
    var written = 1
    var next = kept.makeIterator()
    for step in steps {
      switch step {
      case .old(let number):
        // The place, not the patch, tells which lines stay in front.
        while let place = next.next() {
          while written <= place {
            text += between[written]
            written += 1
          }
          break
        }
        text += entries[number].above + entries[number].line
      case .new(let entry): text += entry.above + entry.line
      }
    }
    while written < between.count {
      text += between[written]
      written += 1
    }
    return text
  }
}

/// Returns whether the words of a comment are those that name the base.
private func isBase(_ words: [Substring]) -> Bool {
  words.joined(separator: " ").drop { $0 == "#" || $0 == " " }.hasPrefix("base:")
}
