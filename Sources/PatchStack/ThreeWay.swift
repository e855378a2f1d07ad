internal import Git

/// What the three-way merge of one file's text comes to.
struct ThreeWay {
  /// The merged content.
  let content: [UInt8]
  /// The content with every conflict between markers; equal to `content` when there is none.
  let marked: [UInt8]
  /// The text with its conflicts taken apart; nil when there is none.
  let conflicts: MarkedText?
  /// The length of the markers in `marked`.
  let markerSize: Int
  /// How many of the patch's runs of changed lines the target has already, and how many there are.
  let absorbed: (count: Int, of: Int)
  /// Where each run of changed lines starts in the base and in the target; empty unless all of them are left.
  private let moves: [(base: Int, ours: Int)]
  /// Whether all conflicts go away when white space is not looked at.
  let differsInSpaceOnly: Bool

  /// Merges what the patch makes of `base`, `theirs`, into `ours`, the text of the target.
  ///
  /// Where both changed the same lines `content` takes the patch's side, so that what later patches change elsewhere
  /// in the file can still be told. What changes from `base` to `theirs` is `wanted`.
  init(
    base: [UInt8], ours: [UInt8], theirs: [UInt8], wanted: [LineChange], labels: TextMerge.Labels
  ) throws(GitError) {
    let merge = try TextMerge(base: base, ours: ours, theirs: theirs, labels: labels)
    marked = merge.content
    markerSize = merge.markerSize
    if merge.isClean {
      content = merge.content
      conflicts = nil
      differsInSpaceOnly = false
    } else {
      content = try TextMerge(base: base, ours: ours, theirs: theirs, labels: labels, favor: .theirs).content
      conflicts = MarkedText(merge.content, markerSize: merge.markerSize)
      differsInSpaceOnly = withoutSpace(ours) == withoutSpace(theirs)
    }
    let changes = textChanges(of: wanted, in: theirs)
    // What the target may have already: its lines stand there, or it has none. Mostly that is nothing, and takes no
    // comparison of all that the target changed.
    let text = Text(ours)
    var present: Set<TextChange> = []
    // Of many changes one is likely to, and looking for each takes the longer.
    if changes.count > LineSearch.few
      || changes.contains(where: {
        $0.new.isEmpty || text.occurrences(of: Array($0.new), isBounded: true)?.isEmpty != true
      })
    {
      present = Set(textChanges(of: try TextDiff.changes(from: base, to: ours), in: ours))
    }
    absorbed = (changes.count { present.contains($0) }, wanted.count)
    let left = merge.isClean ? try TextDiff.changes(from: ours, to: content) : []
    moves = left.count == wanted.count ? zip(wanted, left).map { ($0.old.lowerBound, $1.old.lowerBound) } : []
  }

  /// About how many bytes of memory it takes.
  var size: Int { conflicts == nil ? content.count : 3 * content.count }

  /// Returns how many lines below its place in the base the first change at or behind `line` is in the target, or nil
  /// when the changes are not the same ones any more.
  func offset(ofLine line: Int) -> Int? {
    // They are in order.
    var (low, high) = (0, moves.count)
    while low < high {
      let middle = (low + high) / 2
      if moves[middle].base >= line { high = middle } else { low = middle + 1 }
    }
    return low < moves.count ? moves[low].ours - moves[low].base : nil
  }
}

/// The merges done before, for the many targets that have the same files.
struct MergeMemo {
  /// The three contents of a merge, and what its markers call them.
  struct Key: Hashable {
    let base: ObjectID
    let ours: ObjectID
    let theirs: ObjectID
    let labels: TextMerge.Labels
  }

  /// The two contents that a patch is the difference of.
  struct Sides: Hashable {
    let base: ObjectID
    let theirs: ObjectID
  }

  private var merges: [Key: (merge: ThreeWay, id: ObjectID?)] = [:]
  private var changes: [Sides: [LineChange]] = [:]
  private var size = 0

  /// The merge of that key, and the name of its content where that is known for good.
  subscript(key: Key) -> (merge: ThreeWay, id: ObjectID?)? { merges[key] }

  /// Returns what changes from `base` to `theirs`, which are the contents of these names.
  mutating func changes(
    _ sides: Sides, from base: [UInt8], to theirs: [UInt8]
  ) throws(GitError) -> [LineChange] {
    if let known = changes[sides] { return known }
    let found = try TextDiff.changes(from: base, to: theirs)
    changes[sides] = found
    return found
  }

  /// Returns whether a merge may be kept: some thousands of files of usual size, or a dozen large ones.
  func hasRoom(for merge: ThreeWay) -> Bool { size + merge.size <= 16 << 20 }

  mutating func add(_ merge: ThreeWay, _ id: ObjectID?, for key: Key) {
    merges[key] = (merge, id)
    size += merge.size
  }
}

/// A change of lines by what it does: two texts have the same one when they agree on both.
struct TextChange: Hashable {
  let old: Range<Int>
  let new: ArraySlice<UInt8>
}

/// Returns what `changes`, which are in order, do to the text that they made `new` of.
func textChanges(of changes: [LineChange], in new: [UInt8]) -> [TextChange] {
  let text = Text(new)
  var place = Text.Place.start
  return changes.map { change in
    let start = text.place(ofLine: change.new.lowerBound, from: place) ?? place
    place = text.place(ofLine: change.new.upperBound, from: start) ?? start
    return TextChange(old: change.old, new: new[start.offset..<place.offset])
  }
}

private func withoutSpace(_ text: [UInt8]) -> [UInt8] {
  text.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
}
