/// Where the hunks of a file fit in a text; no line of context is ever ignored.
struct HunkPlacement {
  /// For each hunk, how many lines below the place it names it went in.
  let offsets: [Int]
  /// How many bytes the text has with the hunks applied.
  let size: Int
  private let text: Text
  private let hunks: [Hunk]
  /// Where the old lines of each hunk start.
  private let places: [Text.Place]

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
    /// Its lines stand in too many places to look at all of them.
    case tooMuch(Hunk)
  }

  /// Places `hunks` in `text`, one behind the other.
  init(_ hunks: [Hunk], in text: Text, search: Search) throws(Misfit) {
    var lines = LineSearch(text)
    try self.init(hunks, in: &lines, search: search)
  }

  /// Places `hunks` in the text of `lines`, one behind the other.
  init(_ hunks: [Hunk], in lines: inout LineSearch, search: Search) throws(Misfit) {
    let text = lines.text
    var places: [Text.Place] = []
    var offsets: [Int] = []
    var size = text.bytes.count
    var done = Text.Place.start
    for hunk in hunks {
      let named = hunk.oldIndex
      var wanted = named
      if case .moved(let offsets) = search { wanted += offsets[places.count] }
      // A hunk is off by as many lines as the one before it, as patch(1) has it.
      if search == .exactOrNear { wanted += offsets.last ?? 0 }
      let place = try place(of: hunk, wanted: wanted, from: done, in: &lines, search: search)
      places.append(place)
      offsets.append(place.line - named)
      size += hunk.new.count - hunk.old.count
      done = Text.Place(line: place.line + hunk.oldCount, offset: place.offset + hunk.old.count)
    }
    self.text = text
    self.hunks = hunks
    self.places = places
    self.offsets = offsets
    self.size = size
  }

  /// The text with the hunks applied, put together at each call.
  var content: [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(size)
    var done = 0
    for (hunk, place) in zip(hunks, places) {
      content += text.bytes[done..<place.offset]
      content += hunk.new
      done = place.offset + hunk.old.count
    }
    content += text.bytes[done...]
    return content
  }
}

/// Returns the place of `text` where `hunk` goes, not before the place `done`.
private func place(
  of hunk: Hunk, wanted: Int, from done: Text.Place, in lines: inout LineSearch, search: HunkPlacement.Search
) throws(HunkPlacement.Misfit) -> Text.Place {
  let text = lines.text
  // Without old lines there is nothing to look for: the number of the line is all there is.
  if hunk.oldCount == 0 {
    guard !needsProof(search) || text.bytes.isEmpty, wanted >= done.line,
      let place = text.place(ofLine: wanted, from: done)
    else { throw .nowhere(hunk) }
    return place
  }
  // Lines without context are no proof of the place, unless they are all there is.
  if needsProof(search), !hunk.hasContext, hunk.old.count != text.bytes.count { throw .nowhere(hunk) }
  if !needsProof(search) {
    // Whether it stands where it says takes no search.
    if wanted >= done.line, let place = text.place(ofLine: wanted, from: done), text.has(hunk.old, at: place),
      fitsEnds(hunk, at: place, of: text)
    {
      return place
    }
    guard search == .exactOrNear else { throw .nowhere(hunk) }
  }
  let found: LineSearch.Found
  do { found = try lines.find(hunk.old, from: done) } catch { throw .tooMuch(hunk) }
  if needsProof(search), found.count > 1 { throw .ambiguous(hunk, lines: found.lines) }
  let places = found.places.filter { fitsEnds(hunk, at: $0, of: text) }
  switch search {
  case .onlyPlace:
    guard let place = places.first, place.line == wanted else { throw .nowhere(hunk) }
    return place
  case .once, .exact, .moved:
    guard let place = places.first else { throw .nowhere(hunk) }
    return place
  case .exactOrNear:
    let near = places.sorted { abs($0.line - wanted) < abs($1.line - wanted) }
    guard let nearest = near.first else { throw .nowhere(hunk) }
    // patch(1) and git apply take the nearest of several places; here it has to be the nearest by far.
    guard near.count == 1 || abs(nearest.line - wanted) * 4 <= abs(near[1].line - wanted) else {
      throw .ambiguous(hunk, lines: places.prefix(LineSearch.Found.named).map { $0.line + 1 })
    }
    return nearest
  }
}

/// Returns whether the old lines of a hunk have to show by themselves where it goes.
private func needsProof(_ search: HunkPlacement.Search) -> Bool {
  search == .onlyPlace || search == .once
}

/// Returns whether a hunk cut short by an end of its file stands at that end of `text`, as git apply wants it.
private func fitsEnds(_ hunk: Hunk, at place: Text.Place, of text: Text) -> Bool {
  // A patch without any context, as of `diff -U0`, says nothing about the ends.
  guard hunk.hasContext else { return true }
  if hunk.oldStart <= 1 && place.line != 0 { return false }
  return hunk.trailing > 0 || place.offset + hunk.old.count == text.bytes.count
}
