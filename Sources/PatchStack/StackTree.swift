internal import Git

/// A tree with the changes that one patch has made to it so far.
struct StackTree {
  /// The tree before the patch.
  private(set) var root: ObjectID
  /// What the patch wrote; nil stands for a path that is gone.
  private(set) var changes: [TreePath: TreeEntry?] = [:]

  init(root: ObjectID) {
    self.root = root
  }

  /// Makes the tree with the changes the new root.
  mutating func commit(in repository: inout Repository) throws(GitError) {
    if changes.isEmpty { return }
    root = try repository.tree(root, changing: changes)
    changes = [:]
  }

  mutating func put(_ entry: TreeEntry?, at path: TreePath) {
    changes[path] = .some(entry)
  }

  /// Removes the path unless the patch wrote it, as when it swaps two names.
  mutating func vacate(_ path: TreePath) {
    if changes[path] == nil { changes[path] = .some(nil) }
  }

  /// Returns what stands at `path` after the changes so far.
  func content(at path: TreePath, in repository: borrowing Repository) throws(GitError) -> PathContent {
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
    case .directory where try isEmptied(path, in: repository): return .nothing
    case let content: return content
    }
  }

  /// Returns the file at `path` before the patch, or nil.
  func original(at path: TreePath, in repository: borrowing Repository) throws(GitError) -> TreeEntry? {
    if case .file(let entry) = try repository.content(at: path, of: root) { return entry }
    return nil
  }

  private func hasWritten(below path: TreePath) -> Bool {
    changes.contains { $0.value != nil && $0.key.isBelow(path) }
  }

  /// Returns whether the patch removed every file of the directory.
  private func isEmptied(_ path: TreePath, in repository: borrowing Repository) throws(GitError) -> Bool {
    guard changes.contains(where: { $0.value == nil && $0.key.isBelow(path) }) else { return false }
    return try repository.files(below: path, of: root).allSatisfy { file in
      if case .some(.none) = changes[file] { true } else { false }
    }
  }
}
