/// Where the hunks of a file fit in a text; no line of context is ever ignored.
struct HunkPlacement {
  /// The text with the hunks applied.
  let content: [UInt8]
  /// For each hunk, how many lines below the place it names it went in.
  let offsets: [Int]

  /// Which places are good for a hunk.
  enum Search {
    /// The lines it names, provided that its old lines stand nowhere else in the text.
    case onlyPlace
    /// The lines it names.
    case exact
    /// The lines it names, else the only other place where it fits.
    case exactOrOnlyPlace
    /// The nearest place to where the hunks before it went.
    case nearest
  }

  /// Why a hunk has no place.
  enum Misfit: Error {
    case nowhere(Hunk)
    case ambiguous(Hunk, lines: [Int])
  }

  /// Places `hunks` in `text`, one behind the other.
  init(_ hunks: [Hunk], in text: Text, search: Search) throws(Misfit) {
    var content: [UInt8] = []
    content.reserveCapacity(text.bytes.count)
    var offsets: [Int] = []
    var done = 0
    for hunk in hunks {
      let named = hunk.oldIndex
      let place = try place(
        of: hunk, named: named, drift: offsets.last ?? 0, from: done, in: text, search: search)
      content += text[done..<place]
      content += hunk.new
      done = place + hunk.oldCount
      offsets.append(place - named)
    }
    content += text[done..<text.lineCount]
    self.content = content
    self.offsets = offsets
  }
}

/// Returns the line of `text` where `hunk` goes, not before the line `done`.
private func place(
  of hunk: Hunk, named: Int, drift: Int, from done: Int, in text: Text, search: HunkPlacement.Search
) throws(HunkPlacement.Misfit) -> Int {
  // Without old lines there is nothing to look for: the number of the line is all there is.
  if hunk.oldCount == 0 {
    let fits = named >= done && named <= text.lineCount && (search != .onlyPlace || text.lineCount == 0)
    guard fits else { throw .nowhere(hunk) }
    return named
  }
  let all = text.occurrences(of: hunk.old)
  let places = all.filter { $0 >= done && fitsEnds(hunk, at: $0, of: text) }
  if places.contains(named) {
    if search != .nearest && (search != .onlyPlace || all.count == 1) { return named }
  }
  switch search {
  case .exact:
    throw .nowhere(hunk)
  case .onlyPlace:
    if all.count > 1 { throw .ambiguous(hunk, lines: all.map { $0 + 1 }) }
    throw .nowhere(hunk)
  case .exactOrOnlyPlace:
    guard let place = places.first else { throw .nowhere(hunk) }
    if places.count > 1 { throw .ambiguous(hunk, lines: places.map { $0 + 1 }) }
    return place
  case .nearest:
    guard let place = places.min(by: { abs($0 - named - drift) < abs($1 - named - drift) }) else {
      throw .nowhere(hunk)
    }
    return place
  }
}

/// Returns whether a hunk cut short by an end of its file stands at that end of `text`, as git apply wants it.
private func fitsEnds(_ hunk: Hunk, at place: Int, of text: Text) -> Bool {
  let hasContext = hunk.leading + hunk.trailing > 0
  if hasContext && hunk.oldStart <= 1 && place != 0 { return false }
  if hasContext && hunk.trailing == 0 && place + hunk.oldCount != text.lineCount { return false }
  return true
}
