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
  /// in the file can still be told.
  init(base: [UInt8], ours: [UInt8], theirs: [UInt8], labels: TextMerge.Labels) throws(GitError) {
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
    let wanted = try TextDiff.changes(from: base, to: theirs)
    let present = Set(texts(of: try TextDiff.changes(from: base, to: ours), in: ours))
    absorbed = (texts(of: wanted, in: theirs).count { present.contains($0) }, wanted.count)
    let left = merge.isClean ? try TextDiff.changes(from: ours, to: content) : []
    moves = left.count == wanted.count ? zip(wanted, left).map { ($0.old.lowerBound, $1.old.lowerBound) } : []
  }

  /// Returns how many lines below its place in the base the first change at or behind `line` is in the target, or nil
  /// when the changes are not the same ones any more.
  func offset(ofLine line: Int) -> Int? {
    moves.first { $0.base >= line }.map { $0.ours - $0.base }
  }
}

/// The merges done before, for the many targets that have the same files.
struct MergeMemo {
  /// The three contents of a merge.
  struct Key: Hashable {
    let base: ObjectID
    let ours: ObjectID
    let theirs: ObjectID
  }

  private var merges: [Key: ThreeWay] = [:]

  subscript(key: Key) -> ThreeWay? {
    get { merges[key] }
    set { merges[key] = newValue }
  }
}

/// A change of lines by what it does: two texts have the same one when they agree on both.
struct TextChange: Hashable {
  let old: Range<Int>
  let new: ArraySlice<UInt8>

  /// The change of lines that makes `text`.
  init(_ change: LineChange, in text: Text) {
    old = change.old
    new = text[change.new]
  }
}

private func texts(of changes: [LineChange], in new: [UInt8]) -> [TextChange] {
  let text = Text(new)
  return changes.map { TextChange($0, in: text) }
}

private func withoutSpace(_ text: [UInt8]) -> [UInt8] {
  text.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
}
