internal import Git
internal import SystemPackage

/// A patch that is new, or other than it was.
struct PatchDraft {
  let name: String
  /// The tree behind it.
  let after: ObjectID
  private let content: Content

  private enum Content {
    /// A patch file as it reads, with what became of its files.
    case written(Patch, [FileCarry])
    /// Of a patch that took a tree to `before`, what it takes to the tree behind this one at the paths of `changed`.
    case redrawn(Patch, before: ObjectID, changed: Set<TreePath>)
  }

  /// Makes the draft of a patch that stands as it was read; `offsets` tells how far from the lines they name the hunks
  /// of each file go, in the order of its changes.
  init(_ patch: Patch, after: ObjectID, offsets: [[Int]]) {
    name = patch.name
    self.after = after
    let files = patch.order.map { index in
      let isMoved = offsets[index].contains { $0 != 0 }
      return FileCarry(
        outcome: isMoved ? .offset : .unchanged, path: patch.changes[index].path, offsets: offsets[index])
    }
    content = .written(patch, files)
  }

  /// Makes the draft of `patch` with other content at some paths.
  ///
  /// - Parameters:
  ///   - patch: The patch with the message that it shall have.
  ///   - was: The tree that it led to.
  ///   - after: The tree that it shall lead to.
  ///   - changed: The paths at which the two may differ.
  init(_ patch: Patch, leadingTo was: ObjectID, now after: ObjectID, changed: Set<TreePath>) {
    name = patch.name
    self.after = after
    content = .redrawn(patch, before: was, changed: changed)
  }

  /// Returns the patch for the tree `before`.
  func patch(
    number: Int?, before: ObjectID, in repository: inout Repository
  ) throws(PatchStackError) -> (carried: CarriedPatch, root: ObjectID) {
    let bytes: [UInt8]
    switch content {
    case .written(let patch, let files):
      let writer = PatchWriter(patch: patch, files: files, before: before, after: after)
      do { bytes = try writer.content(in: repository) } catch { throw .git(error) }
    case .redrawn(let patch, let was, let changed):
      bytes = try redrawn(patch, from: before, leadingTo: was, changed, in: repository)
    }
    let result = PatchResult(name: name, outcome: .unchanged, detail: number == nil ? "new" : "edited")
    return (CarriedPatch(name: name, number: number, content: bytes, result: result), after)
  }

  /// Returns the text of `patch` with the sections of what changed written anew, and all others as they were.
  private func redrawn(
    _ patch: Patch, from before: ObjectID, leadingTo was: ObjectID, _ changed: Set<TreePath>,
    in repository: borrowing Repository
  ) throws(PatchStackError) -> [UInt8] {
    let writer = PatchWriter(patch: patch, files: [], before: before, after: after)
    var left: Set<TreePath> = []
    for path in changed where try entry(path, was, repository) != entry(path, after, repository) {
      left.insert(path)
    }
    var sections: [[UInt8]] = []
    for change in patch.changes {
      let paths = Set([change.oldPath, change.newPath].compactMap { $0 })
      if paths.isDisjoint(with: left) {
        sections.append(Array(patch.content[change.range]))
        continue
      }
      // What else the change did to these paths has to be said again too.
      guard let section = try keptHeader(change, writer, left, repository) else {
        left.formUnion(paths)
        continue
      }
      sections.append(section)
      left.subtract(paths)
    }
    if patch.isReversed { sections.reverse() }
    let style = FileSection.Style(of: patch)
    for path in left.sorted() {
      let section = FileSection(
        path: path, old: try entry(path, before, repository), new: try entry(path, after, repository),
        style: style)
      sections.append(try section.text(of: name, in: repository))
    }
    let body = Array(sections.joined())
    guard !body.isEmpty else {
      throw .refused(patch: name, reason: "it would change nothing; to be rid of it: xip-rebase drop \(name)")
    }
    var prologue = writer.prologue(writer.counts(in: body))
    if patch.changes.isEmpty { prologue = opened(prologue, with: writer.counts(in: body)) }
    return prologue + body + patch.content[patch.epilogue]
  }

  /// Returns the section of a change with its header as it was and other hunks, nil where the header does not fit.
  private func keptHeader(
    _ change: FilePatch, _ writer: PatchWriter, _ left: Set<TreePath>, _ repository: borrowing Repository
  ) throws(PatchStackError) -> [UInt8]? {
    guard !change.hunks.isEmpty, let path = change.newPath, let new = try entry(path, after, repository)
    else { return nil }
    switch change.change {
    case .modify:
      guard let old = try entry(path, writer.before, repository), old != new,
        change.oldMode == change.newMode, old.mode == new.mode
      else { return nil }
    case .create:
      guard try entry(path, writer.before, repository) == nil, (change.newMode ?? .regular) == new.mode
      else { return nil }
    case .rename(let from, _):
      guard !left.contains(from), let old = try entry(from, writer.before, repository), old.mode == new.mode,
        old.id != new.id
      else { return nil }
    case .delete, .copy: return nil
    }
    for id in [
      try change.oldPath.flatMap { path throws(PatchStackError) in
        try entry(path, writer.before, repository)
      }, new,
    ].compactMap({ $0?.id }) {
      do {
        if try repository.content(of: id, as: .blob).prefix(8000).contains(0) { return nil }
      } catch {
        throw .git(error)
      }
    }
    do {
      return try writer.section(change, FileCarry(outcome: .merged, path: change.path), in: repository)
    } catch {
      throw .git(error)
    }
  }

  /// Returns the text in front of the changes of a patch that had none, with the statistics a mail has there.
  private func opened(_ prologue: [UInt8], with counts: [DiffStat.Line]) -> [UInt8] {
    guard !prologue.isEmpty else { return [] }
    let newline: [UInt8] = prologue.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]
    return prologue + newline + "---\n".utf8 + DiffStat(lines: counts).text + "\n".utf8
  }

  private func entry(
    _ path: TreePath, _ tree: ObjectID, _ repository: borrowing Repository
  ) throws(PatchStackError) -> TreeEntry? {
    do {
      if case .file(let entry) = try repository.content(at: path, of: tree) { return entry }
    } catch {
      throw .git(error)
    }
    return nil
  }
}

extension Patch {
  /// Returns the patch with another message, read as it would be from a file.
  func with(message text: MessageText) throws(PatchStackError) -> Patch {
    let bytes = text.bytes + content[prologue.upperBound...]
    var parser = PatchParser(bytes, name: name, file: file, strip: strip, isReversed: isReversed)
    let patch = try parser.parse()
    guard patch.changes.map(\.change) == changes.map(\.change),
      patch.changes.map(\.content).count == changes.count, patch.prologue.count == text.bytes.count
    else {
      throw .malformed(
        file, line: nil,
        reason: "the message holds lines that read as a change of a file; indent them, or leave them out")
    }
    return patch
  }
}
