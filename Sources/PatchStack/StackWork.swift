internal import Git
internal import Host
public import SystemPackage

/// What a change of a stack comes to.
public struct StackChange: Hashable, Sendable {
  /// What was asked for.
  public let command: String
  /// Its number in the log, or nil when nothing was written.
  public let number: Int?
  /// The patches of the stack, in their new order, with what became of each.
  public let patches: [PatchResult]
  /// The files of the series that came, went or changed.
  public let files: [ChangedFile]
  /// What else there is to know, a sentence each.
  public let notes: [String]
}

/// Everyday work on the stack of a series directory: each change happens as a whole or not at all, and can be undone.
public struct StackWork: Sendable {
  /// The directory of the series, without symbolic links.
  public let directory: FilePath
  /// The repository that has the base of the series, and keeps the log.
  public let repository: FilePath
  /// The name of the variant to work on, or nil for the series itself.
  public let variant: String?
  /// The base tag, in place of the one that the series names.
  public let base: String?
  /// Whether nothing shall be written.
  public var isDryRun = false

  /// Makes the work on the series in `directory`.
  ///
  /// - Throws: `PatchStackError.malformed` for a mailbox, which is no directory.
  public init(
    on directory: FilePath, variant: String? = nil, base: String? = nil, repository: FilePath
  ) throws(PatchStackError) {
    guard Files.isDirectory(directory) else {
      throw .malformed(
        directory, line: nil,
        reason: Files.exists(directory)
          ? "a mailbox; write it as a series with: xip-rebase refresh VERSION --series \(directory) --to DIR"
          : "no such directory")
    }
    self.directory = try realPath(directory)
    self.variant = variant
    self.base = base
    self.repository = repository
  }

  /// The stack as it is, and what it takes to change it.
  struct Bench {
    let series: Series
    let list: SeriesList
    let images: StackImages
    let files: SeriesFiles
  }

  /// Calls `plan` with the stack as it is, and makes the stack what it returns unless `check` refuses what comes of
  /// it; `folder` is removed with the change.
  func change(
    removing folder: FilePath? = nil,
    check: (Bench, ReplannedStack, borrowing Repository) throws(PatchStackError) -> Void = { _, _, _ in },
    plan: (Bench, inout Repository) throws(PatchStackError) -> (command: String, plan: StackPlan)
  ) throws(PatchStackError) -> StackChange {
    let lock = try Self.lock(directory)
    defer { withExtendedLifetime(lock) {} }
    try DirectoryChange.finish(in: directory)
    var repository = try opened()
    let bench = try bench(in: &repository)
    let wanted = try plan(bench, &repository)
    let stack = try StackReplan(series: bench.series, images: bench.images).carry(
      wanted.plan, in: &repository)
    try check(bench, stack, repository)
    var result = try files(of: stack, wanted.plan, on: bench, in: &repository)
    result.changes = result.changes.filter { bench.files.contents[$0.key] != $0.value }
    let after = bench.files.changed(by: result.changes)
    var number: Int?
    if isDryRun || result.changes.isEmpty {
      if !isDryRun, let folder { do { try Files.removeAtOnce(folder) } catch { throw .file(error) } }
    } else {
      number = try write(
        result.changes, as: wanted.command, from: bench.files, to: after, removing: folder, in: &repository)
    }
    return StackChange(
      command: wanted.command, number: number, patches: stack.patches.map(\.result),
      files: bench.files.difference(to: after), notes: result.notes)
  }

  /// Calls `body` with the stack as it is, while nobody changes it.
  func look<Value>(
    _ body: (Bench, inout Repository) throws(PatchStackError) -> Value
  ) throws(PatchStackError) -> Value {
    let lock = try Self.lock(directory)
    defer { withExtendedLifetime(lock) {} }
    try DirectoryChange.finish(in: directory)
    var repository = try opened()
    return try body(try bench(in: &repository), &repository)
  }

  /// Puts the series back as it was before a change.
  ///
  /// The going back is a change of its own, so undoing it does the change again.
  ///
  /// - Parameter number: The number of the change in the log, which is undone with all behind it; nil for the last.
  /// - Returns: What came of it.
  /// - Throws: `PatchStackError.malformed` when the series is not as the last change left it, naming the files.
  public func undo(_ number: Int? = nil) throws(PatchStackError) -> StackChange {
    let lock = try Self.lock(directory)
    defer { withExtendedLifetime(lock) {} }
    try DirectoryChange.finish(in: directory)
    var repository = try opened()
    let now = try SeriesFiles(in: directory)
    let states: [StackLog.State]
    var last: SeriesFiles?
    do {
      states = try StackLog.states(of: directory, in: repository)
      if let state = states.last { last = try SeriesFiles(tree: state.commit.tree, in: repository) }
    } catch {
      throw .git(error)
    }
    guard let last, states.count > 1 else {
      throw .malformed(
        directory, line: nil, reason: "no change of the series is on record, so none can be undone")
    }
    let number = number ?? states.count - 1
    guard (1..<states.count).contains(number) else {
      throw .malformed(
        directory, line: nil, reason: "no change \(number) is on record; they are 1 to \(states.count - 1)")
    }
    let byHand = last.difference(to: now)
    guard byHand.isEmpty else {
      throw .malformed(
        directory, line: nil,
        reason: "changed by hand since change \(states.count - 1): "
          + "\(listed(byHand.map(\.path))); put that back first, nothing was undone")
    }
    let target: SeriesFiles
    do { target = try SeriesFiles(tree: states[number - 1].commit.tree, in: repository) } catch {
      throw .git(error)
    }
    let changes = now.changes(to: target)
    for (path, content) in changes where content != nil && now.contents[path] == nil {
      guard !Files.exists(directory.pushing(FilePath(path))) else {
        throw .malformed(
          directory.pushing(FilePath(path)), line: nil,
          reason: "not of the series, and in the way of what would come back; move it, nothing was undone")
      }
    }
    let command = "undo \(number): \(states[number].command)"
    var written: Int?
    if !isDryRun, !changes.isEmpty {
      written = try write(changes, as: command, from: now, to: target, removing: nil, in: &repository)
    }
    return StackChange(
      command: command, number: written, patches: [], files: now.difference(to: target), notes: [])
  }
}

extension StackWork {
  private func opened() throws(PatchStackError) -> Repository {
    do { return try Repository(opening: repository) } catch { throw .git(error) }
  }

  private func bench(in repository: inout Repository) throws(PatchStackError) -> Bench {
    let series = try Series.load(directory, variant: variant, base: base)
    let files = try SeriesFiles(in: directory)
    guard let text = files.contents[place(of: "series")] else {
      throw .malformed(directory, line: nil, reason: "\(place(of: "series")) is not on record for the series")
    }
    let list = SeriesList(text)
    guard list.entries.map(\.name) == series.patches.map(\.name) else {
      throw .malformed(
        directory.pushing(FilePath(place(of: "series"))), line: nil, reason: "cannot be rearranged")
    }
    return Bench(
      series: series, list: list, images: try StackImages(series, in: &repository), files: files)
  }

  /// The path inside the directory of a file of the form that is worked on.
  private func place(of name: String) -> String {
    FilePath(variant.map { "\($0)/\(name)" } ?? name).lexicallyNormalized().string
  }

  /// Returns the new content of the files of the series for `stack`, and what to tell of it.
  private func files(
    of stack: ReplannedStack, _ plan: StackPlan, on bench: Bench, in repository: inout Repository
  ) throws(PatchStackError) -> (changes: [String: [UInt8]?], notes: [String]) {
    var changes: [String: [UInt8]?] = [:]
    var notes: [String] = []
    var tree = StackTree(root: stack.trees[0])
    var steps: [SeriesList.Step] = []
    for (index, patch) in stack.patches.enumerated() {
      let old = patch.number.map { bench.series.patches[$0] }
      if let old, let number = patch.number {
        steps.append(.old(number))
        if old.original != patch.content { changes[place(of: patch.name)] = .some(patch.content) }
      } else {
        steps.append(.new(.init(name: patch.name, line: Array("\(patch.name)\n".utf8))))
        changes[place(of: patch.name)] = .some(patch.content)
      }
      if let old, let number = patch.number, old.original == patch.content,
        tree.root == bench.images.trees[number], stack.trees[index + 1] == bench.images.trees[number + 1]
      {
        tree = StackTree(root: bench.images.trees[number + 1])
        continue
      }
      // The proof that what is written is what was meant: it is read back and applied.
      var parser = PatchParser(
        patch.content, name: patch.name,
        file: old?.file ?? directory.pushing(FilePath(place(of: patch.name))),
        strip: old?.strip ?? 1, isReversed: old?.isReversed ?? false)
      _ = try tree.apply(try parser.parse(), base: "the stack below", in: &repository)
      guard tree.root == stack.trees[index + 1] else {
        throw .refused(
          patch: patch.name,
          reason: "the patch as it would be written does not say what it has to; please report it")
      }
    }
    let list = bench.list.rearranged(steps)
    changes[place(of: "series")] = .some(list)
    let kept = Set(stack.patches.compactMap(\.number))
    for (number, patch) in bench.series.patches.enumerated() where !kept.contains(number) {
      // A variant's patch that lies with the series stays: the series has it still.
      if bench.files.contents[place(of: patch.name)] != nil { changes[place(of: patch.name)] = .some(nil) }
    }
    if variant == nil {
      for (path, content) in try copies(for: changes, stack, bench) {
        changes[path] = .some(content)
        notes.append("\(path) keeps what it was for that variant")
      }
    }
    return (changes, notes.sorted())
  }

  /// Returns the copies that variants need of patches that they share with the series, and that change in it.
  ///
  /// A patch of which only the message changes stays common to all.
  private func copies(
    for changes: [String: [UInt8]?], _ stack: ReplannedStack, _ bench: Bench
  ) throws(PatchStackError) -> [String: [UInt8]] {
    var copies: [String: [UInt8]] = [:]
    for form in try Variants(in: directory, base: base).forms {
      guard let name = form.name,
        let list = bench.files.contents[FilePath("\(name)/series").lexicallyNormalized().string]
      else { continue }
      for entry in SeriesList(list).entries {
        let own = FilePath("\(name)/\(entry.name)").lexicallyNormalized().string
        let common = FilePath(entry.name).lexicallyNormalized().string
        guard bench.files.contents[own] == nil, let change = changes[common],
          let old = bench.series.patches.first(where: { place(of: $0.name) == common })
        else { continue }
        if let new = change {
          var parser = PatchParser(
            new, name: old.name, file: old.file, strip: old.strip, isReversed: old.isReversed)
          if try parser.parse().changes.map(\.hunkTexts) == old.changes.map(\.hunkTexts) { continue }
        }
        copies[own] = old.original
      }
    }
    return copies
  }

  /// Writes the changes with their entry in the log, and returns its number.
  private func write(
    _ changes: [String: [UInt8]?], as command: String, from before: SeriesFiles, to after: SeriesFiles,
    removing folder: FilePath?, in repository: inout Repository
  ) throws(PatchStackError) -> Int {
    let count: Int
    let reference: DirectoryChange.Reference
    do {
      reference = try StackLog.record(command, from: before, to: after, of: directory, in: &repository)
      var number = 0
      var next = try repository.commit(reference.new).parents.first
      while let id = next {
        number += 1
        next = try repository.commit(id).parents.first
      }
      count = number
    } catch {
      throw .git(error)
    }
    try DirectoryChange.make(changes, moving: reference, removing: folder, in: directory)
    return count
  }

  static func lock(_ directory: FilePath) throws(PatchStackError) -> FileLock {
    do { return try FileLock(waitingForDirectory: directory) } catch { throw .file(error) }
  }
}

extension FilePatch {
  /// What it changes, without the numbers of lines of the patch file.
  fileprivate var hunkTexts: [[UInt8]] {
    ["\(change)".utf8.map { $0 }] + hunks.map { Array("\($0.oldStart) ".utf8) + $0.old + [0] + $0.new }
  }
}

extension Series {
  /// Calls `body` while nobody changes the series in `directory`, after a change that a killed process left behind is
  /// finished.
  static func atRest<Value>(
    _ directory: FilePath, _ body: () throws(PatchStackError) -> Value
  ) throws(PatchStackError) -> Value {
    // Some file systems have no locks; what only reads need not fail there.
    let lock = try? StackWork.lock(directory)
    defer { withExtendedLifetime(lock) {} }
    if DirectoryChange.waits(in: directory) { try DirectoryChange.finish(in: directory) }
    return try body()
  }
}
