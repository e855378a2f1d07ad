/// What is found at a path of a tree.
public enum PathContent: Hashable, Sendable {
  case nothing
  /// A file, symbolic link or submodule.
  case file(TreeEntry)
  case directory
  /// A directory on the way to the path is a file here.
  case behindFile(TreePath)
}

extension Repository {
  /// Returns what stands at `path` in the tree `root`, reading only the trees on the way.
  public func content(at path: TreePath, of root: ObjectID) throws(GitError) -> PathContent {
    var entry = TreeEntry(.directory, root)
    var end = path.bytes.startIndex
    for name in path.names {
      guard entry.mode == .directory else {
        return .behindFile(TreePath(unchecked: Array(path.bytes[..<end])))
      }
      guard let next = try tree(entry.id)[name] else { return .nothing }
      entry = next
      end = name.endIndex
    }
    return entry.mode == .directory ? .directory : .file(entry)
  }

  /// Makes in memory the tree that `root` becomes with `changes`, and returns its name.
  ///
  /// A nil entry removes the path. A directory that becomes empty goes, and a file that stands where a directory
  /// has to be is replaced by it; only the trees on the way to the paths are read and made.
  public mutating func tree(
    _ root: ObjectID?, changing changes: [TreePath: TreeEntry?]
  ) throws(GitError) -> ObjectID {
    let byName = changes.map { (names: $0.key.names[...], entry: $0.value) }
    if let changed = try changed(root, byName) { return changed }
    return try make(Tree())
  }

  /// Returns nil when nothing is left in the tree.
  private mutating func changed(
    _ id: ObjectID?, _ changes: [(names: ArraySlice<ArraySlice<UInt8>>, entry: TreeEntry?)]
  ) throws(GitError) -> ObjectID? {
    var tree = if let id { try self.tree(id) } else { Tree() }
    var below: [ArraySlice<UInt8>: [(names: ArraySlice<ArraySlice<UInt8>>, entry: TreeEntry?)]] = [:]
    var here: [(name: ArraySlice<UInt8>, entry: TreeEntry?)] = []
    for change in changes {
      guard let name = change.names.first else { continue }
      if change.names.count > 1 {
        below[name, default: []].append((change.names.dropFirst(), change.entry))
      } else {
        here.append((name, change.entry))
      }
    }
    // Whatever was made for a glance, a tree holds true names.
    for change in here {
      var entry = change.entry
      if let made = entry { entry = try named(made) }
      tree[change.name] = entry
    }
    for (name, changes) in below {
      let old = tree[name].flatMap { $0.mode == .directory ? $0.id : nil }
      if old == nil && changes.allSatisfy({ $0.entry == nil }) { continue }
      tree[name] = try changed(old, changes).map { TreeEntry(.directory, $0) }
    }
    return tree.isEmpty ? nil : try make(tree)
  }
}

extension Repository {
  /// Returns the paths of all files below the directory `path` of the tree `root`.
  public func files(below path: TreePath, of root: ObjectID) throws(GitError) -> [TreePath] {
    var id = root
    for name in path.names {
      guard let entry = try tree(id)[name], entry.mode == .directory else { return [] }
      id = entry.id
    }
    var files: [TreePath] = []
    for (name, entry) in try tree(id).entries {
      let below = path.appending(name)
      if entry.mode == .directory {
        files += try self.files(below: below, of: root)
      } else {
        files.append(below)
      }
    }
    return files
  }

  /// Returns the files that the tree `new` has at paths where `old` has none; trees equal on both sides are not read.
  public func added(from old: ObjectID, to new: ObjectID) throws(GitError) -> [(
    path: TreePath, entry: TreeEntry
  )] {
    var added: [(path: TreePath, entry: TreeEntry)] = []
    var left: [(path: TreePath?, old: ObjectID?, new: ObjectID)] = [(nil, old, new)]
    while let next = left.popLast() {
      let before = if let id = next.old { try tree(id) } else { Tree() }
      var known: [ArraySlice<UInt8>: TreeEntry] = [:]
      for (name, entry) in before.entries { known[name] = entry }
      for (name, entry) in try tree(next.new).entries {
        let was = known[name]
        if was == entry { continue }
        let path = next.path.map { $0.appending(name) } ?? TreePath(unchecked: Array(name))
        if entry.mode == .directory {
          left.append((path, was.flatMap { $0.mode == .directory ? $0.id : nil }, entry.id))
        } else if was == nil || was?.mode == .directory {
          added.append((path, entry))
        }
      }
    }
    return added.sorted { $0.path < $1.path }
  }
}
