internal import Git

/// A whole series on one target: what became of each patch, and the trees and commits made in memory.
struct CarriedStack {
  let result: RebaseResult
  /// What became of each file of each patch; nothing for one that was left out.
  let files: [[FileCarry]]
  /// The tree before the first patch, then the tree behind each; none of these for a glance.
  let trees: [ObjectID]

  /// Carries `series` onto the tag `name`; returns nil when it takes the images of the base, and `base` is nil.
  ///
  /// At a glance neither trees nor commits are made.
  init?(
    _ series: Series, onto name: String, base: BaseImages?, decisions: Decisions, memo: inout MergeMemo,
    atAGlance: Bool, in repository: inout Repository
  ) throws(PatchStackError) {
    let start: ObjectID
    let root: ObjectID
    do {
      start = try repository.commitID(named: name)
      root = try repository.commit(start).tree
    } catch {
      throw .git(error)
    }
    repository.purpose = atAGlance ? .glance : .result
    var target = Target(
      name: name, root: root, tree: StackTree(root: root),
      renames: RenameSearch(base: base?.root ?? root, target: root), memo: memo,
      resolutions: series.resolutions)
    memo = MergeMemo()
    defer { memo = target.memo }
    var files: [[FileCarry]] = []
    var trees = [root]
    var decisions = decisions
    var leftOut: [String] = []
    // Naming the question takes a hash over the patch.
    for patch in series.patches
    where series.resolutions.knowsOfPatches && !decisions.skipped.contains(patch.name) {
      let question = LargeQuestion(leavingOut: patch, of: root)
      guard let known = series.resolutions.settled(question) else { continue }
      decisions.skipped.insert(patch.name)
      leftOut.append(known.id)
    }
    for (number, patch) in series.patches.enumerated() {
      var carried: [FileCarry] = []
      if !decisions.skipped.contains(patch.name) {
        for index in patch.order {
          if Task.isCancelled { throw .cancelled }
          guard
            var file = try carry(number, index, of: series, base, onto: &target, in: &repository)
          else { return nil }
          do { try decide(decisions, &file, of: patch, onto: &target, in: &repository) } catch {
            throw .git(error)
          }
          carried.append(file)
        }
      }
      files.append(carried)
      if atAGlance {
        target.tree.endPatch()
        continue
      }
      do { try target.tree.commit(in: &repository) } catch { throw .git(error) }
      trees.append(target.tree.root)
    }
    self.files = files
    self.trees = trees

    var results: [PatchResult] = []
    for (patch, files) in zip(series.patches, files) {
      if decisions.skipped.contains(patch.name) {
        results.append(PatchResult(name: patch.name, outcome: .conflict, detail: "left out of \(name)"))
        continue
      }
      do {
        let upstream = try upstream(of: files, start, base, in: repository)
        results.append(PatchResult(name: patch.name, files: files, absorbedBy: upstream))
      } catch {
        throw .git(error)
      }
    }
    let conflicts = files.joined().flatMap(\.conflicts)
    var commit: ObjectID?
    if conflicts.isEmpty, !atAGlance {
      do {
        commit = try commits(of: series, results, decisions, from: start, trees, in: &repository)
      } catch {
        throw .git(error)
      }
    }
    result = RebaseResult(
      target: name, series: series.identity, variant: series.variant, patches: results, conflicts: conflicts,
      resolutions: Set(files.joined().compactMap(\.resolution) + leftOut).sorted(), commit: commit,
      tree: commit == nil ? nil : trees.last)
  }
}

/// Returns what becomes of one file of a patch, or nil when it takes the images of the base and there are none.
private func carry(
  _ number: Int, _ index: Int, of series: Series, _ base: BaseImages?, onto target: inout Target,
  in repository: inout Repository
) throws(PatchStackError) -> FileCarry? {
  let patch = series.patches[number]
  let file = patch.changes[index]
  do {
    _ = try target.tree.fit(file, of: patch, search: .onlyPlace, in: &repository)
    return FileCarry(outcome: .unchanged, path: file.path)
  } catch .git(let error) {
    throw .git(error)
  } catch {
    guard let base else { return nil }
    let fit = try base.fit(number, index, in: &repository)
    // Nobody sees the markers of a glance, and without the target's name merges serve several targets.
    let ours = repository.purpose == .glance ? "" : target.name
    let labels = TextMerge.Labels(base: series.base, ours: ours, theirs: patch.name)
    do {
      var carried = try FileMerge(patch: patch, base: base.root, labels: labels)
        .carry(file, fit, onto: &target, in: &repository)
      if carried.outcome == .absorbed || carried.outcome == .partlyAbsorbed {
        carried.absorbed = AbsorbedChange(
          paths: [carried.path, file.oldPath ?? file.path], preimage: fit.preimage, postimage: fit.postimage)
      }
      return carried
    } catch {
      throw .git(error)
    }
  }
}

/// Returns the commits behind the target that brought what it has of the files' changes already.
private func upstream(
  of files: [FileCarry], _ target: ObjectID, _ base: BaseImages?, in repository: borrowing Repository
) throws(GitError) -> [UpstreamCommit] {
  var found: [UpstreamCommit] = []
  for change in files.compactMap(\.absorbed) {
    let commits = try base?.history.commits(bringing: change, to: target, in: repository) ?? []
    for commit in commits where !found.contains(commit) { found.append(commit) }
  }
  return found
}

/// Puts what was decided about a file in conflict, now or earlier, in its place.
private func decide(
  _ decisions: Decisions, _ file: inout FileCarry, of patch: Patch, onto target: inout Target,
  in repository: inout Repository
) throws(GitError) {
  guard let marked = file.marked, !file.conflicts.isEmpty else { return }
  if let decision = decisions.files[.init(patch: patch.name, path: marked.path)] {
    guard try put(decision, in: marked, onto: &target, in: &repository) else { return }
    file.note = "resolved by hand"
  } else {
    // Those of lines were looked for when they were met.
    guard marked.base == nil || marked.content == nil,
      let known = target.resolutions.settled(LargeQuestion(about: marked)),
      try put(known.isGone ? nil : known.postimage, in: marked, onto: &target, in: &repository)
    else { return }
    file.note = "resolved as recorded in \(known.id.prefix(12))"
    file.resolution = known.id
  }
  file.conflicts = []
  file.outcome = .resolved
}

/// Puts `content`, nil for what shall be gone, in the place of a file; returns whether it can stand there.
private func put(
  _ content: [UInt8]?, in marked: MarkedFile, onto target: inout Target, in repository: inout Repository
) throws(GitError) -> Bool {
  guard let content else {
    target.tree.put(nil, at: marked.path)
    return true
  }
  let mode = marked.theirs?.mode ?? marked.ours?.mode ?? .regular
  if mode == .submodule {
    guard let entry = TreeEntry(submoduleText: content) else { return false }
    target.tree.put(entry, at: marked.path)
  } else {
    target.tree.put(TreeEntry(mode, try repository.make(content, as: .blob)), at: marked.path)
  }
  return true
}

/// Makes the commits in memory and returns the last of them.
private func commits(
  of series: Series, _ results: [PatchResult], _ decisions: Decisions, from start: ObjectID,
  _ trees: [ObjectID], in repository: inout Repository
) throws(GitError) -> ObjectID {
  var parent = start
  for (index, patch) in series.patches.enumerated()
  where results[index].outcome != .absorbed && !decisions.skipped.contains(patch.name) {
    parent = try repository.make(
      Commit(
        tree: trees[index + 1], parents: [parent], author: patch.message.author,
        committer: patch.message.author, message: patch.message.commitMessage))
  }
  return parent
}

extension PatchResult {
  /// Puts together what became of a patch's files.
  init(name: String, files: [FileCarry], absorbedBy upstream: [UpstreamCommit] = []) {
    let outcomes = Set(files.map(\.outcome))
    let outcome: Outcome =
      if outcomes.contains(.conflict) {
        .conflict
      } else if outcomes == [.absorbed] {
        .absorbed
      } else if outcomes.contains(.resolved) {
        .resolved
      } else if outcomes.contains(.absorbed) || outcomes.contains(.partlyAbsorbed) {
        .partlyAbsorbed
      } else {
        [.merged, .offset].first { outcomes.contains($0) } ?? .unchanged
      }
    var notes = files.compactMap { file in
      if let note = file.note { return "\(file.path): \(note)" }
      if file.outcome == .absorbed && outcome != .absorbed { return "\(file.path): absorbed" }
      return nil
    }
    let shown = 64
    if notes.count > shown { notes[shown...] = ["and \(notes.count - shown) more files"] }
    let commits = upstream.map { "\("\($0.commit)".prefix(12)) (\($0.subject))" }
    if !commits.isEmpty { notes.append("brought by " + commits.joined(separator: ", ")) }
    self.init(
      name: name, outcome: outcome, detail: notes.isEmpty ? nil : notes.joined(separator: "; "),
      absorbedBy: upstream.isEmpty ? nil : upstream)
  }
}
