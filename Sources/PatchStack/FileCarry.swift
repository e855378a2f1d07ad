internal import Git

/// What became of one file of one patch on the target.
struct FileCarry {
  var outcome: Outcome
  /// What to tell of it, without the path.
  var note: String?
  /// The path in the target.
  var path: TreePath
  var conflicts: [Conflict] = []
  /// The file to edit when there is a conflict.
  var marked: MarkedFile?
  /// How far from the lines they name the hunks went, where they fit with their context.
  var offsets: [Int]?
  /// The name of the resolution that was used again.
  var resolution: String?
  /// What of the change the target has already.
  var absorbed: AbsorbedChange?
}

/// A file of a conflict.
struct MarkedFile {
  let path: TreePath
  /// The content with markers, or nil where there is nothing to mark.
  var content: [UInt8]?
  /// The length of the markers.
  var markerSize = 7
  let base: TreeEntry?
  let ours: TreeEntry?
  let theirs: TreeEntry?
}

/// The carrying of a patch's files onto a tree that is not the one they were made for.
struct FileMerge {
  let patch: Patch
  /// The base's own tree.
  let base: ObjectID
  let labels: TextMerge.Labels

  /// Carries one file by three-way merge and writes what it becomes to `tree`.
  func carry(
    _ file: FilePatch, _ fit: FileFit, onto target: inout Target, in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    var fit = fit
    if case .modify(let path) = file.change,
      case .file(let ours) = try target.tree.content(at: path, in: repository)
    {
      if let carry = try place(file, fit, in: ours, at: path, onto: &target, in: &repository) { return carry }
      // A glance does without true names.
      if repository.purpose == .result { try name(&fit, in: &repository) }
      return try merge(file, fit, with: ours, to: path, onto: &target, in: &repository)
    }
    // Names are compared from here on: they have to be the true ones.
    try name(&fit, in: &repository)
    switch file.change {
    case .create(let path):
      return try create(fit, at: path, onto: &target, in: &repository)
    case .delete(let path):
      return try delete(fit, at: path, onto: &target, in: &repository)
    case .modify(let path):
      return try follow(file, fit, from: path, onto: &target, in: &repository)
    case .rename(let from, let to):
      return try rename(file, fit, from, to, onto: &target, in: &repository)
    case .copy(let from, let to):
      let source = try original(at: from, of: target, in: &repository) ?? fit.preimage
      let there = try content(at: to, of: target, in: &repository)
      guard there == .nothing, let source else {
        return try create(fit, at: to, onto: &target, in: &repository)
      }
      return try merge(file, fit, with: source, to: to, onto: &target, in: &repository)
    }
  }

  /// Gives the images of a file their true names.
  private func name(_ fit: inout FileFit, in repository: inout Repository) throws(GitError) {
    if let entry = fit.preimage { fit.preimage = try repository.named(entry) }
    if let entry = fit.postimage { fit.postimage = try repository.named(entry) }
  }

  private func create(
    _ fit: FileFit, at path: TreePath, onto target: inout Target, in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    switch try content(at: path, of: target, in: &repository) {
    case .nothing:
      if let parent = path.parent, try repository.content(at: parent, of: base) == .directory,
        try repository.content(at: parent, of: target.root) == .nothing,
        let moved = try target.renames.directory(movedFrom: parent, in: repository)
      {
        let place = moved.appending(path.name)
        if try content(at: place, of: target, in: &repository) == .nothing {
          target.tree.put(fit.postimage, at: place)
          return FileCarry(outcome: .merged, note: "follows its directory to \(moved)", path: place)
        }
      }
      target.tree.put(fit.postimage, at: path)
      return FileCarry(outcome: .unchanged, path: path)
    case .file(let ours):
      guard let theirs = fit.postimage else { return FileCarry(outcome: .unchanged, path: path) }
      if ours == theirs { return FileCarry(outcome: .absorbed, path: path) }
      target.tree.put(theirs, at: path)
      guard ours.mode.isFile, theirs.mode.isFile else {
        return conflict(whole(ours, theirs, else: .type), at: path, nil, ours, theirs)
      }
      if ours.id == theirs.id { return conflict(.mode, at: path, nil, ours, theirs) }
      return try addedTwice(at: path, ours, theirs, onto: &target, in: &repository)
    case .directory, .behindFile:
      return conflict(.directoryAndFile, at: path, nil, nil, fit.postimage)
    }
  }

  private func delete(
    _ fit: FileFit, at path: TreePath, onto target: inout Target, in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    guard let base = fit.preimage else { return FileCarry(outcome: .unchanged, path: path) }
    if case .file(let ours) = try content(at: path, of: target, in: &repository) {
      target.tree.put(nil, at: path)
      if ours.id == base.id { return FileCarry(outcome: .unchanged, path: path) }
      return conflict(.deletedInPatch, at: path, base, ours, nil)
    }
    guard let moved = try target.renames.file(movedFrom: path, base, in: repository).found else {
      return FileCarry(outcome: .absorbed, path: path)
    }
    return conflict(
      .deletedInPatch, at: moved.path, base, moved.entry, nil, note: "it was \(path) before")
  }

  private func rename(
    _ file: FilePatch, _ fit: FileFit, _ from: TreePath, _ to: TreePath, onto target: inout Target,
    in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    let source = try original(at: from, of: target, in: &repository)
    let there = try content(at: to, of: target, in: &repository)
    if let source {
      target.tree.vacate(from)
      if there == .nothing || patch.vacates(to) {
        return try merge(file, fit, with: source, to: to, onto: &target, in: &repository)
      }
      if case .file(let ours) = there, let theirs = fit.postimage {
        target.tree.put(theirs, at: to)
        return try addedTwice(at: to, ours, theirs, onto: &target, in: &repository)
      }
      return conflict(.directoryAndFile, at: to, fit.preimage, nil, fit.postimage)
    }
    if case .file(let ours) = there {
      // Upstream moved it to the same place.
      return try merge(file, fit, with: ours, to: to, onto: &target, in: &repository)
    }
    guard let base = fit.preimage else { return FileCarry(outcome: .unchanged, path: to) }
    target.tree.put(fit.postimage, at: to)
    if let moved = try target.renames.file(movedFrom: from, base, in: repository).found {
      return conflict(
        .renamedTwice, at: moved.path, base, moved.entry, fit.postimage, note: "the patch moves it to \(to)")
    }
    return conflict(.deletedInTarget, at: to, base, nil, fit.postimage, note: "it was \(from) before")
  }

  /// Carries a modification of a file that the target does not have at its path.
  private func follow(
    _ file: FilePatch, _ fit: FileFit, from path: TreePath, onto target: inout Target,
    in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    guard let base = fit.preimage else { return FileCarry(outcome: .unchanged, path: path) }
    let search = try target.renames.file(movedFrom: path, base, in: repository)
    guard let moved = search.found else {
      let isDirectory = try content(at: path, of: target, in: &repository) == .directory
      if !isDirectory { target.tree.put(fit.postimage, at: path) }
      return conflict(
        isDirectory ? .directoryAndFile : .deletedInTarget, at: path, base, nil, fit.postimage,
        note: search.note)
    }
    // An earlier patch may have changed it at its new place.
    var entry = moved.entry
    if case .file(let now) = try content(at: moved.path, of: target, in: &repository) { entry = now }
    var carry = try merge(file, fit, with: entry, to: moved.path, onto: &target, in: &repository)
    let move = "follows \(path) to its new place"
    carry.note = carry.note.map { "\(move), \($0)" } ?? move
    if carry.outcome == .unchanged || carry.outcome == .offset { carry.outcome = .merged }
    return carry
  }

  /// Merges the change into `ours` and writes the result to `path`.
  private func merge(
    _ file: FilePatch, _ fit: FileFit, with ours: TreeEntry, to path: TreePath, onto target: inout Target,
    in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    guard let base = fit.preimage, let theirs = fit.postimage else {
      return FileCarry(outcome: .unchanged, path: path)
    }
    guard isSameType(base.mode, ours.mode) else {
      target.tree.put(theirs, at: path)
      return conflict(.type, at: path, base, ours, theirs)
    }
    var merged = ours
    if theirs.mode != base.mode {
      guard ours.mode == base.mode || ours.mode == theirs.mode else {
        target.tree.put(theirs, at: path)
        return conflict(.mode, at: path, base, ours, theirs)
      }
      merged.mode = theirs.mode
    }
    // The same content may have several names at a glance.
    let isChange = !(try repository.haveSameContent(theirs.id, base.id))
    let isThere = try repository.haveSameContent(theirs.id, ours.id)
    var isNothing = isThere
    var carry = FileCarry(outcome: .unchanged, path: path)
    if try repository.haveSameContent(ours.id, base.id) {
      merged.id = theirs.id
    } else if isChange && !isThere {
      guard let text = try texts(base, ours, theirs, in: repository) else {
        target.tree.put(theirs, at: path)
        return conflict(whole(ours, theirs, else: .binary), at: path, base, ours, theirs)
      }
      if let lines = Self.excess(text) {
        target.tree.put(theirs, at: path)
        return conflict(
          .content, at: path, base, ours, theirs,
          note: "too large to merge: \(lines) lines lie between the first change and the last, "
            + "of \(Self.mostLines) that may")
      }
      let key = MergeMemo.Key(base: base.id, ours: ours.id, theirs: theirs.id, labels: labels)
      let (merge, id) = try threeWay(key, text, &target.memo, in: &repository)
      if let conflicts = merge.conflicts {
        carry.marked = MarkedFile(
          path: path, content: merge.marked, markerSize: merge.markerSize, base: base, ours: ours,
          theirs: theirs)
        if let settled = try target.resolutions.settled(conflicts) {
          merged.id = try repository.make(settled.content, as: .blob)
          target.tree.put(merged, at: path)
          carry.outcome = .resolved
          carry.note = "resolved as recorded in \(settled.resolution.id.prefix(12))"
          carry.resolution = settled.resolution.id
          return carry
        }
        merged.id = id
        target.tree.put(merged, at: path)
        let note = merge.differsInSpaceOnly ? "both differ in white space only" : nil
        carry.outcome = .conflict
        carry.conflicts = conflicts.regions.map {
          Conflict(patch: patch.name, path: "\(path)", line: $0.line, kind: .content, note: note)
        }
        return carry
      }
      merged.id = id
      isNothing = merge.content == text.ours
      classify(&carry, merge, file, fit, text.ours, target.name)
    } else if !isChange {
      isNothing = true
    }
    target.tree.put(merged, at: path)
    let changesMode = theirs.mode != base.mode
    if isNothing, merged.mode == ours.mode, isChange || changesMode {
      carry.outcome = .absorbed
      carry.note = nil
    } else if carry.outcome == .unchanged && isChange && isThere {
      carry.outcome = .partlyAbsorbed
      carry.note = "\(target.name) has the content already, not the mode"
    } else if changesMode && ours.mode == theirs.mode && isChange {
      carry.outcome = .partlyAbsorbed
      carry.note = "\(target.name) has the mode already"
    }
    return carry
  }

  /// Returns what stands at `path` in the target, under its true name: names are compared here.
  private func content(
    at path: TreePath, of target: Target, in repository: inout Repository
  ) throws(GitError) -> PathContent {
    let content = try target.tree.content(at: path, in: repository)
    if case .file(let entry) = content { return .file(try repository.named(entry)) }
    return content
  }

  /// Returns the file at `path` before the patch under its true name, or nil.
  private func original(
    at path: TreePath, of target: Target, in repository: inout Repository
  ) throws(GitError) -> TreeEntry? {
    guard let entry = try target.tree.original(at: path, in: repository) else { return nil }
    return try repository.named(entry)
  }

  /// Returns the three contents, or nil when one of them is no text.
  private func texts(
    _ base: TreeEntry, _ ours: TreeEntry, _ theirs: TreeEntry, in repository: borrowing Repository
  ) throws(GitError) -> (base: [UInt8], ours: [UInt8], theirs: [UInt8])? {
    guard base.mode.isFile, ours.mode.isFile, theirs.mode.isFile else { return nil }
    let texts = (
      base: try repository.content(of: base.id, as: .blob),
      ours: try repository.content(of: ours.id, as: .blob),
      theirs: try repository.content(of: theirs.id, as: .blob)
    )
    return isBinary(texts.base) || isBinary(texts.ours) || isBinary(texts.theirs) ? nil : texts
  }

  /// The most lines from the first change to the last of a file that is merged.
  ///
  /// What compares texts takes a minute for half a million lines that have nothing in common, and four for twice of them.
  /// The largest file of v7.1 has 222948.
  static let mostLines = 500_000

  /// Returns how many lines there are where those are too many to merge, or nil.
  private static func excess(_ text: (base: [UInt8], ours: [UInt8], theirs: [UInt8])) -> Int? {
    // No text has more lines than bytes.
    guard max(text.base.count, text.ours.count, text.theirs.count) > mostLines else { return nil }
    let lines = max(
      TextDiff.differingLines(text.base, text.ours), TextDiff.differingLines(text.base, text.theirs))
    return lines > mostLines ? lines : nil
  }

  /// Returns what a disagreement is about where no lines are compared.
  private func whole(
    _ ours: TreeEntry, _ theirs: TreeEntry, else kind: Conflict.Kind
  ) -> Conflict.Kind {
    ours.mode == .submodule && theirs.mode == .submodule ? .submodule : kind
  }

  /// Returns a conflict about a whole file.
  private func conflict(
    _ kind: Conflict.Kind, at path: TreePath, _ base: TreeEntry?, _ ours: TreeEntry?, _ theirs: TreeEntry?,
    note: String? = nil
  ) -> FileCarry {
    FileCarry(
      outcome: .conflict, path: path,
      conflicts: [Conflict(patch: patch.name, path: "\(path)", line: nil, kind: kind, note: note)],
      marked: MarkedFile(path: path, base: base, ours: ours, theirs: theirs))
  }

  /// Carries a file that both sides have, and the base does not: with their common lines outside the markers.
  private func addedTwice(
    at path: TreePath, _ ours: TreeEntry, _ theirs: TreeEntry, onto target: inout Target,
    in repository: inout Repository
  ) throws(GitError) -> FileCarry {
    guard ours.mode.isFile, theirs.mode.isFile else { return conflict(.type, at: path, nil, ours, theirs) }
    let texts = (
      try repository.content(of: ours.id, as: .blob), try repository.content(of: theirs.id, as: .blob)
    )
    var carry = conflict(.addedOnBothSides, at: path, nil, ours, theirs)
    if isBinary(texts.0) || isBinary(texts.1) { return carry }
    if Self.excess((texts.0, texts.0, texts.1)) != nil { return carry }
    let merge = try TextMerge(base: nil, ours: texts.0, theirs: texts.1, labels: labels)
    if merge.isClean {
      // Each has lines that the other lacks, and nowhere do both have their own.
      let id = try repository.makeNamed(merge.content, as: .blob)
      target.tree.put(TreeEntry(theirs.mode, id), at: path)
      return FileCarry(
        outcome: .merged, note: "merged with the file that \(target.name) adds", path: path)
    }
    carry.marked?.content = merge.content
    carry.marked?.markerSize = merge.markerSize
    return carry
  }
}
