internal import Git

/// A whole series on one target: what became of each patch, and the trees and commits made in memory.
struct CarriedStack {
  let result: RebaseResult
  /// What became of each file of each patch.
  let files: [[FileCarry]]
  /// The tree behind each patch.
  let trees: [ObjectID]

  /// Carries `series` onto the tag `target`; returns nil when it takes the images of the base, and `base` is nil.
  init?(
    _ series: Series, onto target: String, base: BaseImages?, in repository: inout Repository
  ) throws(GitError) {
    let start = try repository.commitID(named: target)
    let root = try repository.commit(start).tree
    var tree = StackTree(root: root)
    var renames = RenameSearch(base: base?.root ?? root, target: root)
    var files: [[FileCarry]] = []
    var trees: [ObjectID] = []
    for (number, patch) in series.patches.enumerated() {
      let merge = base.map { base in
        FileMerge(
          patch: patch, base: base, target: (target, root),
          labels: .init(base: series.base, ours: target, theirs: patch.name))
      }
      var carried: [FileCarry] = []
      for index in patch.order {
        let file = patch.changes[index]
        do {
          _ = try tree.fit(file, of: patch, search: .onlyPlace, in: &repository)
          carried.append(FileCarry(outcome: .unchanged, path: file.path))
        } catch .git(let error) {
          throw error
        } catch {
          guard let base, let merge else { return nil }
          carried.append(
            try merge.carry(
              file, base.fits[number][index], onto: &tree, in: &repository, renames: &renames))
        }
      }
      files.append(carried)
      try tree.commit(in: &repository)
      trees.append(tree.root)
    }
    self.files = files
    self.trees = trees

    let results = zip(series.patches, files).map { PatchResult(name: $0.name, files: $1) }
    let conflicts = files.joined().flatMap(\.conflicts)
    var tip: ObjectID?
    if conflicts.isEmpty {
      var parent = start
      for (index, patch) in series.patches.enumerated() where results[index].outcome != .absorbed {
        let commit = Commit(
          tree: trees[index], parents: [parent], author: patch.message.author,
          committer: patch.message.author, message: patch.message.commitMessage)
        parent = try repository.make(commit)
      }
      tip = parent
    }
    result = RebaseResult(
      target: target, patches: results, conflicts: conflicts, commit: tip,
      tree: tip == nil ? nil : trees.last ?? root)
  }
}

extension PatchResult {
  /// Puts together what became of a patch's files.
  init(name: String, files: [FileCarry]) {
    let outcomes = Set(files.map(\.outcome))
    let outcome: Outcome =
      if outcomes.contains(.conflict) {
        .conflict
      } else if outcomes == [.absorbed] {
        .absorbed
      } else if outcomes.contains(.absorbed) || outcomes.contains(.partlyAbsorbed) {
        .partlyAbsorbed
      } else {
        [.resolved, .merged, .offset].first { outcomes.contains($0) } ?? .unchanged
      }
    let notes = files.compactMap { file in
      if let note = file.note { return "\(file.path): \(note)" }
      if file.outcome == .absorbed && outcome != .absorbed { return "\(file.path): absorbed" }
      return nil
    }
    self.init(name: name, outcome: outcome, detail: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }
}
