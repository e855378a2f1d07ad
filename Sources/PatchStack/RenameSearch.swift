internal import Git

/// Where the files of the base are found in the target when they are not at their paths any more.
///
/// Most targets never need it: the trees are compared at the first question, and each answer is kept.
struct RenameSearch {
  /// A file at its new place.
  struct Move {
    let path: TreePath
    let entry: TreeEntry
  }

  /// What is known of a file that is gone.
  struct Answer {
    /// Its one new place.
    let found: Move?
    /// Why there is none, when there is more than one.
    let note: String?
  }

  private let base: ObjectID
  private let target: ObjectID
  private var added: [Move]?
  private var answers: [TreePath: Answer] = [:]

  init(base: ObjectID, target: ObjectID) {
    self.base = base
    self.target = target
  }

  /// Returns where the file went that `base` had at `path`.
  ///
  /// Looks for the same content first, then for a file of the same name, then for any file of the same kind, the
  /// last two at least half alike, which is where git draws the line.
  mutating func file(
    movedFrom path: TreePath, _ preimage: TreeEntry, in repository: borrowing Repository
  ) throws(GitError) -> Answer {
    if let answer = answers[path] { return answer }
    var original = preimage
    // Earlier patches of the stack may have changed the pre-image; the target knows the base's.
    if case .file(let entry) = try repository.content(at: path, of: base) { original = entry }
    let answer = try search(path, original, in: repository)
    answers[path] = answer
    return answer
  }

  private mutating func search(
    _ path: TreePath, _ original: TreeEntry, in repository: borrowing Repository
  ) throws(GitError) -> Answer {
    let added = try addedFiles(in: repository)
    let same = added.filter { $0.entry.id == original.id && isSameType($0.entry.mode, original.mode) }
    if let only = same.count == 1 ? same.first : nil { return Answer(found: only, note: nil) }
    if !same.isEmpty {
      let named = same.filter { $0.path.name.elementsEqual(path.name) }
      return named.count == 1 ? Answer(found: named.first, note: nil) : severalPlaces(same)
    }
    guard original.mode.isFile else { return Answer(found: nil, note: nil) }
    let lines = LineBag(try repository.content(of: original.id, as: .blob))
    let files = added.filter { $0.entry.mode.isFile }
    let named = files.filter { $0.path.name.elementsEqual(path.name) }
    let alike = files.filter { !$0.path.name.elementsEqual(path.name) && suffix($0.path) == suffix(path) }
    // Reading every new file of a release would take seconds; those near the old place are the likely ones.
    let near = alike.sorted { commonDepth($0.path, path) > commonDepth($1.path, path) }.prefix(200)
    for candidates in [named, Array(near)] {
      let scored = try scores(of: candidates, against: lines, in: repository).filter { $0.score >= 0.3 }
      guard let best = scored.first, best.score >= 0.5 || scored.count > 1 else { continue }
      let rivals = scored.filter { $0.score > best.score * 0.7 }
      if rivals.count > 1 { return severalPlaces(rivals.map(\.move)) }
      if best.score >= 0.5 { return Answer(found: best.move, note: nil) }
    }
    return Answer(found: nil, note: nil)
  }

  /// Returns the directory that holds most of what the base had in `path`, or nil when there is no such place.
  mutating func directory(
    movedFrom path: TreePath, in repository: borrowing Repository
  ) throws(GitError) -> TreePath? {
    let added = try addedFiles(in: repository)
    var places: [TreePath: Int] = [:]
    let files = try repository.files(below: path, of: base)
    for file in files {
      guard case .file(let entry) = try repository.content(at: file, of: base) else { continue }
      for move in added where move.entry.id == entry.id {
        let rest = file.bytes.dropFirst(path.bytes.count)
        guard move.path.bytes.count > rest.count, move.path.bytes.suffix(rest.count) == rest,
          let place = TreePath(move.path.bytes.dropLast(rest.count))
        else { continue }
        places[place, default: 0] += 1
      }
    }
    let best = places.max { ($0.value, $1.key) < ($1.value, $0.key) }
    return best.flatMap { $0.value * 2 > files.count ? $0.key : nil }
  }

  private mutating func addedFiles(in repository: borrowing Repository) throws(GitError) -> [Move] {
    if let added { return added }
    let found = try repository.added(from: base, to: target).map { Move(path: $0.path, entry: $0.entry) }
    added = found
    return found
  }

  private func scores(
    of candidates: [Move], against lines: LineBag, in repository: borrowing Repository
  ) throws(GitError) -> [(move: Move, score: Double)] {
    var scores: [(move: Move, score: Double)] = []
    for candidate in candidates {
      let other = LineBag(try repository.content(of: candidate.entry.id, as: .blob))
      scores.append((candidate, lines.likeness(to: other)))
    }
    return scores.sorted { $0.score > $1.score }
  }

  private func severalPlaces(_ moves: [Move]) -> Answer {
    let places = moves.map { "\($0.path)" }.sorted().joined(separator: ", ")
    return Answer(found: nil, note: "its content is found in \(places)")
  }
}

private func suffix(_ path: TreePath) -> ArraySlice<UInt8> {
  path.name.lastIndex(of: UInt8(ascii: ".")).map { path.name[$0...] } ?? []
}

private func commonDepth(_ one: TreePath, _ other: TreePath) -> Int {
  zip(one.names, other.names).prefix { $0.elementsEqual($1) }.count
}

/// The lines of a text without their order.
struct LineBag {
  private var counts: [ArraySlice<UInt8>: Int] = [:]
  private let size: Int

  init(_ content: [UInt8]) {
    size = content.count
    for range in lineRanges(of: content) { counts[content[range], default: 0] += 1 }
  }

  /// Returns the part of the larger text, by bytes, that both have.
  func likeness(to other: LineBag) -> Double {
    let larger = max(size, other.size)
    if larger == 0 { return 1 }
    if min(size, other.size) * 3 < larger { return 0 }
    var common = 0
    for (line, count) in counts {
      if let there = other.counts[line] { common += (line.count + 1) * min(count, there) }
    }
    return Double(min(common, larger)) / Double(larger)
  }
}
