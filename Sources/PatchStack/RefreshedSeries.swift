internal import Git
internal import Host
public import SystemPackage

/// A series written for another tag: what `git am`, `quilt push` and `patch -F0` take there.
public struct RefreshedSeries: Sendable {
  /// A patch as it is for the tag.
  public struct Patch: Hashable, Sendable {
    /// Its name in the series.
    public let name: String
    /// The file's bytes; those it had where the patch is right as it was written.
    public let content: [UInt8]
    /// What became of it.
    public let outcome: Outcome
  }

  /// The tag.
  public let base: String
  /// The patches that are left.
  public let patches: [Patch]
  /// The content of the `series` file.
  public let list: [UInt8]
  /// The content of the cover letter, or nil without one.
  public internal(set) var coverLetter: [UInt8]?
  /// What the patches say of themselves, in their order.
  let messages: [PatchMessage]
  /// The lines that all patches together add and remove.
  let statistics: DiffStat

  /// Writes the series to `directory`, which has to be empty or not there.
  ///
  /// One that is not there appears whole or not at all.
  public func write(to directory: FilePath) throws(PatchStackError) {
    do {
      var parent = directory.removingLastComponent()
      if parent.isEmpty { parent = "." }
      try Files.makeDirectory(parent)
      let lock = try FileLock(waitingForDirectory: parent)
      defer { withExtendedLifetime(lock) {} }
      // One that is there may be somebody's current directory, and is not replaced.
      if Files.exists(directory) { return try fill(directory, named: directory) }
      let beside = directory.withSuffix(".xip-rebase-new")
      // Of a process that was killed.
      try Files.remove(beside)
      do {
        try fill(beside, named: directory)
        try Files.move(beside, to: directory)
      } catch {
        try? Files.remove(beside)
        throw error
      }
    } catch let error as FileFailure {
      throw .file(error)
    } catch let error as PatchStackError {
      throw error
    } catch {
      throw .malformed(directory, line: nil, reason: "\(error)")
    }
  }

  private func fill(_ place: FilePath, named directory: FilePath) throws {
    try Files.makeDirectory(place)
    guard try Files.list(place).isEmpty else {
      throw PatchStackError.malformed(directory, line: nil, reason: "not empty; name a new directory")
    }
    for patch in patches {
      let path = place.appending(patch.name)
      try Files.makeDirectory(path.removingLastComponent())
      try Files.write(patch.content, to: path)
    }
    if let coverLetter {
      try Files.write(coverLetter, to: place.appending("0000-cover-letter.patch"))
    }
    // Last: a directory without it is no series.
    try Files.write(list, to: place.appending("series"))
  }
}

extension Rebaser {
  /// Returns the series as it is for the tag `target`.
  ///
  /// A patch that is right as it is written keeps its bytes, and so does every file of a patch for which that holds;
  /// of moved hunks only the numbers change. A patch that the target contains already is left out.
  ///
  /// - Returns: The series, or nil when it has conflicts there.
  /// - Throws: `PatchStackError` as ``rebase(onto:)``.
  public mutating func refresh(onto target: String) throws(PatchStackError) -> RefreshedSeries? {
    let stack = try carry(onto: target)
    guard stack.result.isClean else { return nil }
    var patches: [RefreshedSeries.Patch] = []
    var messages: [PatchMessage] = []
    var counts: [[UInt8]: (added: Int, removed: Int)] = [:]
    var list = Array("# base: \(target)\n".utf8)
    do {
      for (number, patch) in series.patches.enumerated() {
        let outcome = stack.result.patches[number].outcome
        if outcome == .absorbed { continue }
        let writer = PatchWriter(
          patch: patch, files: stack.files[number], before: stack.trees[number],
          after: stack.trees[number + 1])
        let content = try writer.content(in: repository)
        messages.append(patch.message)
        for line in writer.counts(in: content) {
          counts[line.name, default: (0, 0)].added += line.added
          counts[line.name, default: (0, 0)].removed += line.removed
        }
        patches.append(.init(name: patch.name, content: content, outcome: outcome))
        var line = patch.name
        if patch.strip != 1 { line += " -p\(patch.strip)" }
        if patch.isReversed { line += " -R" }
        list += Array("\(line)\n".utf8)
      }
    } catch {
      throw .git(error)
    }
    let lines = counts.map { (name: $0.key, added: $0.value.added, removed: $0.value.removed) }
    return RefreshedSeries(
      base: target, patches: patches, list: list, messages: messages,
      statistics: DiffStat(lines: lines.sorted { $0.name.lexicographicallyPrecedes($1.name) }))
  }
}

/// The text of one patch for a tag.
struct PatchWriter {
  let patch: Patch
  /// What became of its files, in the order in which they were carried.
  let files: [FileCarry]
  /// The trees before and behind it.
  let before: ObjectID
  let after: ObjectID

  func content(in repository: borrowing Repository) throws(GitError) -> [UInt8] {
    if files.allSatisfy({ $0.outcome == .unchanged }) { return patch.original }
    var sections: [[UInt8]] = Array(repeating: [], count: patch.changes.count)
    for (file, index) in zip(files, patch.order) {
      let change = patch.changes[index]
      let section = try section(change, file, in: repository)
      if !section.isEmpty { sections[index] = patch.content[proseBefore(change)] + section }
    }
    if patch.isReversed { sections.reverse() }
    var body: [UInt8] = []
    for section in sections { body += section }
    return prologue(counts(in: body)) + body + patch.content[patch.epilogue]
  }

  /// Returns the bytes between the change before and this one, such as `Index: file`; nothing for the first one.
  func proseBefore(_ change: FilePatch) -> Range<Int> {
    let start = patch.changes.map(\.range.upperBound).filter { $0 <= change.range.lowerBound }.max()
    return (start ?? change.range.lowerBound)..<change.range.lowerBound
  }

  /// Returns the text for one file, nothing when the target has the change already.
  func section(
    _ change: FilePatch, _ file: FileCarry, in repository: borrowing Repository
  ) throws(GitError) -> [UInt8] {
    if file.outcome == .absorbed { return [] }
    if file.outcome == .unchanged { return Array(patch.content[change.range]) }
    let old = change.oldPath.map { $0 == change.path || change.newPath == nil ? file.path : $0 }
    let new = change.newPath.map { _ in file.path }
    let entries = (
      old: try old.flatMap { path throws(GitError) in try entry(path, before, in: repository) },
      new: try new.flatMap { path throws(GitError) in try entry(path, after, in: repository) }
    )
    if entries.old == entries.new { return [] }
    let isPlain = !patch.content[change.header].starts(with: "diff --git".utf8)
    var text = header(change, old, new, entries.old, entries.new, isPlain: isPlain)
    if case .binary = change.content {
      let ids = [entries.old, entries.new].map { $0.map { "\($0.id)" } }
      if zip(ids, [change.oldID, change.newID]).allSatisfy({ $0 == nil || $0 == $1 }) {
        return text + patch.content[change.header.upperBound..<change.range.upperBound]
      }
      let contents = (try blob(entries.old, in: repository), try blob(entries.new, in: repository))
      return text + BinaryChange.text(from: contents.0, to: contents.1, isReversed: patch.isReversed)
    }
    if let offsets = file.offsets, file.outcome == .offset {
      text += moved(change.hunks, by: offsets)
    } else {
      let contents = (try blob(entries.old, in: repository), try blob(entries.new, in: repository))
      text += try hunks(from: contents.0, to: contents.1)
    }
    return text
  }

  private func hunks(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [UInt8] {
    try patch.isReversed ? TextDiff.unified(from: new, to: old) : TextDiff.unified(from: old, to: new)
  }

  /// Returns the original header with the names and ids of the target's file.
  private func header(
    _ change: FilePatch, _ old: TreePath?, _ new: TreePath?, _ oldEntry: TreeEntry?, _ newEntry: TreeEntry?,
    isPlain: Bool
  ) -> [UInt8] {
    let text = patch.content[change.header]
    let isMoved = old != change.oldPath || new != change.newPath
    var lines: [[UInt8]] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: "index ".utf8), let old = change.oldID, let new = change.newID {
        let zero = String(repeating: "0", count: 40)
        var ids = [
          (oldEntry.map { "\($0.id)" } ?? zero).prefix(old.count),
          (newEntry.map { "\($0.id)" } ?? zero).prefix(new.count),
        ]
        if patch.isReversed { ids.reverse() }
        let mode =
          line.split(separator: UInt8(ascii: " ")).dropFirst(2).first.map { Array(" ".utf8) + $0 } ?? []
        lines.append(Array("index \(ids[0])..\(ids[1])".utf8) + mode)
      } else if isMoved, let named = renamed(line, change, old, new) {
        lines.append(named)
      } else {
        lines.append(Array(line))
      }
    }
    return lines.flatMap { $0 + [UInt8(ascii: "\n")] }
  }

  /// Returns a header line with the target's names, or nil when it names nothing.
  private func renamed(
    _ line: ArraySlice<UInt8>, _ change: FilePatch, _ old: TreePath?, _ new: TreePath?
  ) -> [UInt8]? {
    guard let path = new ?? old else { return nil }
    let from = old ?? path
    let to = new ?? path
    let style = FileSection.Style(of: patch)
    let (oldName, newName) = (style.names(of: from).old, style.names(of: to).new)
    if line.starts(with: "diff --git ".utf8) {
      return Array("diff --git ".utf8) + oldName + " ".utf8 + newName
    }
    if line.starts(with: "--- ".utf8), old != nil { return Array("--- ".utf8) + oldName }
    if line.starts(with: "+++ ".utf8), new != nil { return Array("+++ ".utf8) + newName }
    if line.starts(with: "rename from ".utf8) {
      return Array("rename from ".utf8) + style.movedName(of: from)
    }
    if line.starts(with: "rename to ".utf8) { return Array("rename to ".utf8) + style.movedName(of: to) }
    return nil
  }

  /// Returns the hunks with the line numbers of their new places, and all else as it was.
  func moved(_ hunks: [Hunk], by offsets: [Int]) -> [UInt8] {
    var text: [UInt8] = []
    var grown = 0
    for (hunk, offset) in zip(hunks, offsets) {
      let index = hunk.oldIndex + offset
      let range = { (index: Int, count: Int) in
        let start = count == 0 ? index : index + 1
        return count == 1 ? "\(start)" : "\(start),\(count)"
      }
      let old = range(index, hunk.oldCount)
      let new = range(index + grown, hunk.newCount)
      let written = patch.isReversed ? hunk.reversed : hunk
      text += (patch.isReversed ? "@@ -\(new) +\(old) @@" : "@@ -\(old) +\(new) @@").utf8
      if !hunk.section.isEmpty { text += " ".utf8 + hunk.section }
      text.append(UInt8(ascii: "\n"))
      for line in written.lines { text += line.written }
      grown += hunk.newCount - hunk.oldCount
    }
    return text
  }

  /// Returns what comes before the first file, with statistics that fit when there were some.
  func prologue(_ counts: [DiffStat.Line]) -> [UInt8] {
    let prologue = patch.content[patch.prologue]
    if counts.elementsEqual(self.counts(in: Array(patch.content[patch.prologue.upperBound...])), by: ==) {
      return Array(prologue)
    }
    let lines = prologue.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.elementsEqual("---".utf8) }),
      let sum = lines[start...].firstIndex(where: isSum),
      let first = lines[start..<sum].firstIndex(where: { $0.contains(UInt8(ascii: "|")) })
    else { return Array(prologue) }
    var text = Array(prologue[..<lines[first].startIndex]) + DiffStat(lines: counts).text
    for line in lines[(sum + 1)...] { text += moved(line) + [UInt8(ascii: "\n")] }
    // The last piece is what follows the last line feed.
    return text.dropLast()
  }

  /// Returns a line ` create mode 100644 FILE` with the name that the file has in the target, any other as it is.
  private func moved(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let starts = [" create mode ", " delete mode "]
    guard starts.contains(where: { line.starts(with: $0.utf8) }) else { return line }
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
    guard words.count == 4,
      let (file, _) = zip(files, patch.order).first(where: {
        patch.changes[$0.1].path.bytes.elementsEqual(words[3])
      })
    else { return line }
    return line[..<words[3].startIndex] + file.path.bytes
  }

  private func isSum(_ line: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: line, as: UTF8.self)
    return text.contains(" file changed") || text.contains(" files changed")
  }

  /// Returns how many lines the text of a patch adds to and removes from each file.
  func counts(in text: [UInt8]) -> [DiffStat.Line] {
    var parser = PatchParser(text, name: patch.name, file: patch.file, strip: patch.strip, isReversed: false)
    guard let parsed = try? parser.parse() else { return [] }
    return parsed.changes.map { change in
      let lines = change.hunks.flatMap(\.lines)
      return (
        change.path.bytes, lines.count { $0.role == .added }, lines.count { $0.role == .removed }
      )
    }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  private func entry(
    _ path: TreePath, _ tree: ObjectID, in repository: borrowing Repository
  ) throws(GitError) -> TreeEntry? {
    if case .file(let entry) = try repository.content(at: path, of: tree) { return entry }
    return nil
  }

  private func blob(_ entry: TreeEntry?, in repository: borrowing Repository) throws(GitError) -> [UInt8] {
    guard let entry else { return [] }
    if let line = entry.submoduleText { return line }
    return try repository.content(of: entry.id, as: .blob)
  }
}

extension Hunk.Line {
  /// The line as a patch has it.
  fileprivate var written: [UInt8] {
    let mark: UInt8 =
      switch role {
      case .context: UInt8(ascii: " ")
      case .removed: UInt8(ascii: "-")
      case .added: UInt8(ascii: "+")
      }
    let whole = [mark] + text
    return text.last == UInt8(ascii: "\n") ? whole : whole + "\n\\ No newline at end of file\n".utf8
  }
}
