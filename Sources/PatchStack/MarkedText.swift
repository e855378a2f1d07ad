internal import Host

/// A text in which conflicts stand between markers.
struct MarkedText {
  /// What both sides, and their base where it is there, have at one conflict.
  struct Region {
    /// The line of our side's text where it starts, counted from 1.
    var line: Int
    var ours: [UInt8] = []
    var base: [UInt8] = []
    var theirs: [UInt8] = []
  }

  /// A run of lines: common to both sides, or in conflict.
  enum Piece {
    case common(ArraySlice<UInt8>)
    case conflict(Region)
  }

  let pieces: [Piece]

  /// Reads the markers of `markerSize` in `content`; returns nil when they do not pair up.
  init?(_ content: [UInt8], markerSize: Int) {
    enum Place { case common, ours, base, theirs }
    var pieces: [Piece] = []
    var region = Region(line: 0)
    var place = Place.common
    var line = 1
    var start = 0
    for range in lineRanges(of: content) {
      let text = content[range]
      let whole = content[range.lowerBound..<min(range.upperBound + 1, content.count)]
      switch (place, marker(text, markerSize)) {
      case (.common, UInt8(ascii: "<")):
        if start < range.lowerBound { pieces.append(.common(content[start..<range.lowerBound])) }
        region = Region(line: line)
        place = .ours
      case (.ours, UInt8(ascii: "|")): place = .base
      case (.ours, UInt8(ascii: "=")), (.base, UInt8(ascii: "=")): place = .theirs
      case (.theirs, UInt8(ascii: ">")):
        pieces.append(.conflict(region))
        place = .common
        start = whole.endIndex
      case (.common, nil): line += 1
      case (.ours, nil):
        region.ours += whole
        line += 1
      case (.base, nil): region.base += whole
      case (.theirs, nil): region.theirs += whole
      default: return nil
      }
    }
    guard place == .common else { return nil }
    if start < content.count { pieces.append(.common(content[start...])) }
    self.pieces = pieces
  }

  /// The conflicts, in order.
  var regions: [Region] {
    pieces.compactMap { if case .conflict(let region) = $0 { region } else { nil } }
  }

  /// Returns the number of the first line of `content` that is a marker, counted from 1, or nil.
  static func firstMarker(in content: [UInt8], markerSize: Int) -> Int? {
    lineRanges(of: content).firstIndex { range in
      let letter = marker(content[range], markerSize)
      // A heading may be underlined with `=`; the other three do not come alone.
      return letter != nil && letter != UInt8(ascii: "=")
    }.map { $0 + 1 }
  }
}

/// Returns the letter that the line repeats when it is a marker: `size` times, then nothing or a label.
private func marker(_ line: ArraySlice<UInt8>, _ size: Int) -> UInt8? {
  guard let letter = line.first, "<|=>".utf8.contains(letter),
    line.count >= size, line.prefix(size).allSatisfy({ $0 == letter })
  else { return nil }
  let next = line.dropFirst(size).first
  return next == nil || next == UInt8(ascii: " ") || next == UInt8(ascii: "\r") ? letter : nil
}

extension MarkedText {
  /// The text as git rerere keeps it: no labels, no base, and of both sides the one that sorts first in front.
  var normalized: [UInt8] {
    var text: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .common(let lines): text += lines
      case .conflict(let region):
        let sides = region.sides
        text += "<<<<<<<\n".utf8 + sides.0 + "=======\n".utf8 + sides.1 + ">>>>>>>\n".utf8
      }
    }
    return text
  }

  /// The name that git rerere gives to the conflicts of a file: the SHA-1 over the sides of each.
  var rerereID: String {
    SHA1.hex(of: regions.flatMap { $0.sides.0 + [0] + $0.sides.1 + [0] })
  }

  /// The base's text at each conflict, which git rerere does not look at.
  var bases: [UInt8] { regions.flatMap { $0.base + [0] } }
}

extension MarkedText.Region {
  /// Both sides, the one that sorts first in front.
  fileprivate var sides: ([UInt8], [UInt8]) {
    theirs.lexicographicallyPrecedes(ours) ? (theirs, ours) : (ours, theirs)
  }
}
