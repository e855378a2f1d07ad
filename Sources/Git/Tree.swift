/// One name in a tree.
public struct TreeEntry: Hashable, Sendable {
  /// What it is.
  public var mode: EntryMode
  /// The object it names.
  public var id: ObjectID

  /// Makes an entry.
  public init(_ mode: EntryMode, _ id: ObjectID) {
    self.mode = mode
    self.id = id
  }
}

/// A directory as git stores it.
///
/// The content stays in its stored form: most trees are read to look up one name of hundreds.
public struct Tree: Sendable {
  /// The content of the object: for each entry the octal mode, a space, the name, a zero byte and 20 bytes of id.
  public private(set) var content: [UInt8]

  /// Makes an empty tree.
  public init() {
    content = []
  }

  /// Takes the content of a tree object; returns nil when it is not well formed.
  public init?(content: [UInt8]) {
    self.content = content
    var end = 0
    while end < content.count {
      guard let piece = piece(at: end), piece.entry != nil else { return nil }
      end = piece.range.upperBound
    }
  }

  /// Whether there is nothing in it.
  public var isEmpty: Bool { content.isEmpty }

  /// The entry of a name, or nil.
  public subscript(name: some Collection<UInt8>) -> TreeEntry? {
    get {
      var start = 0
      while let piece = piece(at: start) {
        if content[piece.name].elementsEqual(name) { return piece.entry }
        start = piece.range.upperBound
      }
      return nil
    }
    set {
      var start = 0
      while let piece = piece(at: start) {
        if content[piece.name].elementsEqual(name) {
          content.removeSubrange(piece.range)
          break
        }
        start = piece.range.upperBound
      }
      if let newValue { insert(newValue, named: name) }
    }
  }

  /// The entries in stored order.
  public var entries: [(name: ArraySlice<UInt8>, entry: TreeEntry)] {
    var entries: [(name: ArraySlice<UInt8>, entry: TreeEntry)] = []
    var start = 0
    while let piece = piece(at: start) {
      if let entry = piece.entry { entries.append((content[piece.name], entry)) }
      start = piece.range.upperBound
    }
    return entries
  }

  /// Git sorts a directory as if its name ended in `/`.
  private mutating func insert(_ entry: TreeEntry, named name: some Collection<UInt8>) {
    let slash = UInt8(ascii: "/")
    let key = Array(name) + (entry.mode == .directory ? [slash] : [])
    var start = 0
    while let piece = piece(at: start) {
      let isDirectory = content[piece.range.lowerBound] == UInt8(ascii: "4")
      let other = content[piece.name] + (isDirectory ? [slash] : [])
      if key.lexicographicallyPrecedes(other) { break }
      start = piece.range.upperBound
    }
    let mode = String(entry.mode.rawValue, radix: 8).utf8
    content.insert(contentsOf: Array(mode) + [UInt8(ascii: " ")] + name + [0] + entry.id.bytes, at: start)
  }

  private struct Piece {
    let range: Range<Int>
    let name: Range<Int>
    let entry: TreeEntry?
  }

  private func piece(at start: Int) -> Piece? {
    content.withUnsafeBytes { bytes in
      var space = start
      while space < bytes.count, bytes[space] != UInt8(ascii: " ") { space += 1 }
      var zero = space + 1
      while zero < bytes.count, bytes[zero] != 0 { zero += 1 }
      let end = zero + 21
      guard space > start, zero > space + 1, end <= bytes.count else { return nil }
      let entry = EntryMode(octal: bytes[start..<space]).map { mode in
        TreeEntry(mode, ObjectID(bytes: bytes[(zero + 1)..<end]))
      }
      return Piece(range: start..<end, name: (space + 1)..<zero, entry: entry)
    }
  }
}
