internal import Git

/// A tag that a series is carried onto, and what is learnt on the way.
struct Target {
  let name: String
  /// The tag's own tree.
  let root: ObjectID
  /// The tree with the patches so far.
  var tree: StackTree
  var renames: RenameSearch
  var memo: MergeMemo
  let resolutions: Resolutions
}

/// What somebody decided about the conflicts of a series on one target.
struct Decisions: Sendable {
  /// A file of a patch.
  struct Place: Hashable {
    let patch: String
    let path: TreePath
  }

  /// The content of each file in conflict; nil when it shall be gone.
  var files: [Place: [UInt8]?] = [:]
  /// The names of the patches left out.
  var skipped: Set<String> = []
}
