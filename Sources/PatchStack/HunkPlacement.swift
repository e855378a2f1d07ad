/// Where the hunks of a file fit in a text; no line of context is ever ignored.
struct HunkPlacement {
  /// The text with the hunks applied.
  let content: [UInt8]
  /// For each hunk, how many lines below the place it names it went in.
  let offsets: [Int]

  /// Which places are good for a hunk.
  enum Search: Equatable {
    /// The lines it names, provided that its old lines stand nowhere else in the text.
    case onlyPlace
    /// Wherever its old lines stand, provided that they do so once.
    case once
    /// The lines it names.
    case exact
    /// The lines it names, else the only other place where it fits, or the one that is near by far.
    case exactOrNear
    /// The lines so many below those it names; one number for each hunk.
    case moved([Int])
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
    var placed: [Int] = []
    var done = 0
    for hunk in hunks {
      let named = hunk.oldIndex
      var wanted = named
      if case .moved(let offsets) = search { wanted += offsets[placed.count] }
      // A hunk is off by as many lines as the one before it, as patch(1) has it.
      if search == .exactOrNear { wanted += placed.last ?? 0 }
      let place = try place(of: hunk, wanted: wanted, from: done, in: text, search: search)
      content += text[done..<place]
      content += hunk.new
      done = place + hunk.oldCount
      placed.append(place - named)
    }
    content += text[done..<text.lineCount]
    self.content = content
    offsets = placed
  }
}

/// Returns the line of `text` where `hunk` goes, not before the line `done`.
private func place(
  of hunk: Hunk, wanted: Int, from done: Int, in text: Text, search: HunkPlacement.Search
) throws(HunkPlacement.Misfit) -> Int {
  // Without old lines there is nothing to look for: the number of the line is all there is.
  if hunk.oldCount == 0 {
    var fits = wanted >= done && wanted <= text.lineCount
    if search == .onlyPlace || search == .once, text.lineCount > 0 { fits = false }
    guard fits else { throw .nowhere(hunk) }
    return wanted
  }
  let all = text.occurrences(of: hunk.old)
  // Lines without context are no proof of the place, unless they are all there is.
  if search == .onlyPlace || search == .once, !hunk.hasContext, hunk.oldCount != text.lineCount {
    throw .nowhere(hunk)
  }
  let places = all.filter { $0 >= done && fitsEnds(hunk, at: $0, of: text) }
  let isThere = places.contains(wanted)
  switch search {
  case .exact, .moved:
    guard isThere else { throw .nowhere(hunk) }
  case .onlyPlace:
    guard all.count <= 1 else { throw .ambiguous(hunk, lines: all.map { $0 + 1 }) }
    guard isThere else { throw .nowhere(hunk) }
  case .once:
    guard all.count <= 1 else { throw .ambiguous(hunk, lines: all.map { $0 + 1 }) }
    guard let place = places.first else { throw .nowhere(hunk) }
    return place
  case .exactOrNear where !isThere:
    let near = places.sorted { abs($0 - wanted) < abs($1 - wanted) }
    guard let nearest = near.first else { throw .nowhere(hunk) }
    // patch(1) and git apply take the nearest of several places; here it has to be the nearest by far.
    guard near.count == 1 || abs(nearest - wanted) * 4 <= abs(near[1] - wanted) else {
      throw .ambiguous(hunk, lines: places.map { $0 + 1 })
    }
    return nearest
  case .exactOrNear: break
  }
  return wanted
}

/// Returns whether a hunk cut short by an end of its file stands at that end of `text`, as git apply wants it.
private func fitsEnds(_ hunk: Hunk, at place: Int, of text: Text) -> Bool {
  // A patch without any context, as of `diff -U0`, says nothing about the ends.
  guard hunk.hasContext else { return true }
  if hunk.oldStart <= 1 && place != 0 { return false }
  return hunk.trailing > 0 || place + hunk.oldCount == text.lineCount
}
