internal import Git

/// A tree with the changes that patches have made to it so far.
struct StackTree {
  /// The last tree that was made, or the one to start from.
  private(set) var root: ObjectID
  /// What the patches wrote since that tree was made; nil stands for a path that is gone.
  private var all: [TreePath: TreeEntry?] = [:]
  /// The same without the patch at work.
  private var earlier: [TreePath: TreeEntry?] = [:]
  /// What the patch at work wrote.
  private var changes: [TreePath: TreeEntry?] = [:]

  init(root: ObjectID) {
    self.root = root
  }

  /// Ends a patch: makes the tree with all changes the new root.
  mutating func commit(in repository: inout Repository) throws(GitError) {
    if !all.isEmpty { root = try repository.tree(root, changing: all) }
    all = [:]
    earlier = [:]
    changes = [:]
  }

  /// Ends a patch without making a tree.
  mutating func endPatch() {
    earlier = all
    changes = [:]
  }

  mutating func put(_ entry: TreeEntry?, at path: TreePath) {
    changes[path] = .some(entry)
    all[path] = .some(entry)
  }

  /// Removes the path unless the patch wrote it, as when it swaps two names.
  mutating func vacate(_ path: TreePath) {
    if changes[path] == nil { put(nil, at: path) }
  }

  /// Returns what stands at `path` after the changes so far.
  func content(at path: TreePath, in repository: borrowing Repository) throws(GitError) -> PathContent {
    try content(at: path, after: all, in: repository)
  }

  /// Returns the file at `path` before the patch, or nil.
  func original(at path: TreePath, in repository: borrowing Repository) throws(GitError) -> TreeEntry? {
    if case .file(let entry) = try content(at: path, after: earlier, in: repository) { return entry }
    return nil
  }

  private func content(
    at path: TreePath, after changes: [TreePath: TreeEntry?], in repository: borrowing Repository
  ) throws(GitError) -> PathContent {
    func hasWritten(below path: TreePath) -> Bool {
      changes.contains { $0.value != nil && $0.key.isBelow(path) }
    }
    if changes.isEmpty { return try repository.content(at: path, of: root) }
    if let written = changes[path] {
      if let written { return .file(written) }
      return hasWritten(below: path) ? .directory : .nothing
    }
    var parent = path.parent
    while let directory = parent {
      if case .some(.some) = changes[directory] { return .behindFile(directory) }
      parent = directory.parent
    }
    if hasWritten(below: path) { return .directory }
    switch try repository.content(at: path, of: root) {
    case .behindFile(let file) where changes[file] != nil: return .nothing
    case .directory where try isEmptied(path, by: changes, in: repository): return .nothing
    case let content: return content
    }
  }

  /// Returns whether the changes removed every file of the directory.
  private func isEmptied(
    _ path: TreePath, by changes: [TreePath: TreeEntry?], in repository: borrowing Repository
  ) throws(GitError) -> Bool {
    guard changes.contains(where: { $0.value == nil && $0.key.isBelow(path) }) else { return false }
    return try repository.files(below: path, of: root).allSatisfy { file in
      if case .some(.none) = changes[file] { true } else { false }
    }
  }
}
