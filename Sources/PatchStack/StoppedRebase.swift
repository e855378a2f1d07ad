internal import Git
internal import Host
public import SystemPackage

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#endif

/// A rebase that waits for somebody to settle its conflicts: a folder with just the files concerned.
///
/// The folder holds, in a directory for each patch, each file with its conflicts between markers. A conflict that is
/// about a whole file has both sides beside the place where the settled file goes, as `FILE.target` and `FILE.patch`.
/// Nothing but the folder is touched until all is settled, so that removing it is all there is to giving up.
public struct StoppedRebase: Sendable {
  /// The folder.
  public let folder: FilePath
  /// The series' directory.
  public var series: FilePath { FilePath(state.series) }
  /// The base tag of the series.
  public var base: String { state.base }
  /// The form of the series that is carried, or nil for the series itself.
  public var variant: String? { state.variant }
  /// The repository.
  public var repository: FilePath { FilePath(state.repository) }
  /// The tag that the series goes onto.
  public var target: String { state.target }
  /// What is known of it so far.
  public var result: RebaseResult { state.result }
  /// The files to settle, or settled already.
  public var files: [FilePath] { state.files.map { place(of: $0) } }

  private var state: State

  private struct State: Codable {
    var schema = 1
    let series: String
    let variant: String?
    let base: String
    let identity: String
    let repository: String
    let target: String
    let branch: String
    var skipped: [String] = []
    var files: [File] = []
    var result: RebaseResult
  }

  /// A file of a conflict.
  private struct File: Codable {
    let patch: String
    let path: String
    /// The bytes of the path where they are not UTF-8.
    var bytes: [UInt8]?
    /// The length of its markers, or nil when the conflict is about the whole file.
    let markerSize: Int?

    init(patch: String, path: TreePath, markerSize: Int?) {
      self.patch = patch
      self.path = "\(path)"
      bytes = Array("\(path)".utf8) == path.bytes ? nil : path.bytes
      self.markerSize = markerSize
    }

    /// The path in the target; nil in a state that somebody edited.
    var treePath: TreePath? { bytes.map { TreePath($0) } ?? TreePath(path) }
  }
}

extension StoppedRebase {
  /// Carries `series` onto `target` and points `branch` at the result, or leaves the conflicts in `folder`.
  ///
  /// - Returns: What became of the series; with conflicts, `folder` waits for them to be settled.
  /// - Throws: `PatchStackError.stopped` when there are conflicts, and a rebase waits in `folder` already.
  public static func begin(
    _ series: Series, onto target: String, repository: FilePath, branch: String, folder: FilePath
  ) throws(PatchStackError) -> RebaseResult {
    var rebaser = try Rebaser(series, repository: repository)
    let stack = try rebaser.carry(onto: target)
    if stack.result.isClean {
      try rebaser.write(stack.result, to: branch)
      return stack.result
    }
    let lock = try lock(folder)
    defer { withExtendedLifetime(lock) {} }
    if Files.exists(folder) {
      throw .stopped(folder, reason: "a rebase waits here; end it with xip-rebase continue, skip or abort")
    }
    var stopped = StoppedRebase(
      folder: folder,
      state: State(
        series: absolute(series.directory), variant: series.variant, base: series.base,
        identity: series.identity,
        repository: rebaser.repository.path.string, target: target, branch: branch, result: stack.result))
    // The folder appears whole, or not at all.
    let new = FilePath(folder.string + ".new")
    try attempt { () throws(FileFailure) in try Files.remove(new) }
    try stopped.add(stack, in: rebaser.repository, to: new)
    try attempt { () throws(FileFailure) in try Files.move(new, to: folder) }
    return stack.result
  }

  /// Opens the rebase that waits in `folder`; returns nil when there is none.
  public init?(in folder: FilePath) throws(PatchStackError) {
    let file = folder.appending("state.json")
    guard Files.exists(file) else { return nil }
    var content: [UInt8] = []
    do { content = try Files.read(file) } catch { throw .file(error) }
    guard let state = try? JSONDecoder().decode(State.self, from: Data(content)), state.schema == 1 else {
      throw .malformed(
        file, line: nil, reason: "not the state of a stopped rebase; xip-rebase abort removes it")
    }
    self.folder = folder
    self.state = state
  }

  /// Returns the rebases that wait in the folders of `directory`, which need not exist, by the names of the folders.
  public static func waiting(in directory: FilePath) throws(PatchStackError) -> [StoppedRebase] {
    guard Files.exists(directory) else { return [] }
    var names: [String] = []
    do { names = try Files.list(directory) } catch { throw .file(error) }
    var found: [StoppedRebase] = []
    for name in names where !name.hasSuffix(".new") && !name.hasSuffix(".gone") {
      if let rebase = try StoppedRebase(in: directory.appending(name)) { found.append(rebase) }
    }
    return found
  }

  /// Returns whether nothing is left to decide in the file at `path`, one of ``files``.
  public func isSettled(_ path: FilePath) throws(PatchStackError) -> Bool {
    guard let file = state.files.first(where: { place(of: $0) == path }) else { return true }
    do {
      _ = try decision(on: file)
      return true
    } catch .undecided {
      return false
    }
  }

  /// Goes on with what was settled.
  ///
  /// - Returns: What became of the series. New conflicts may show behind the settled ones; they join the folder. When
  ///   none is left the branch is moved, what was settled is recorded beside the series, and the folder is gone.
  /// - Throws: `PatchStackError.undecided` for a file that is not settled.
  public mutating func proceed() throws(PatchStackError) -> RebaseResult {
    try goOn(skipping: nil)
  }

  /// Leaves a patch out of this target and goes on with what is settled so far.
  ///
  /// - Parameter patch: Its name, or nil for the first that has a conflict.
  /// - Returns: As ``proceed()``.
  /// - Throws: `PatchStackError.stopped` when no conflict of that patch waits.
  public mutating func skip(_ patch: String? = nil) throws(PatchStackError) -> RebaseResult {
    let names = state.result.conflicts.map(\.patch)
    guard let name = patch ?? names.first, names.contains(name) else {
      throw .stopped(folder, reason: "no conflict of \(patch ?? "a patch") waits here")
    }
    return try goOn(skipping: name)
  }

  /// Gives up: removes the folder, which is all that there is.
  public func abort() throws(PatchStackError) {
    let lock = try Self.lock(folder)
    defer { withExtendedLifetime(lock) {} }
    // A part of it would say that what is missing was settled.
    try attempt { () throws(FileFailure) in try Files.removeAtOnce(folder) }
  }
}

extension StoppedRebase {
  private mutating func goOn(skipping name: String?) throws(PatchStackError) -> RebaseResult {
    let lock = try Self.lock(folder)
    defer { withExtendedLifetime(lock) {} }
    // What was read before the lock was taken may be over, or further on.
    guard let now = try StoppedRebase(in: folder) else {
      throw .stopped(folder, reason: "nothing waits here any more")
    }
    self = now
    let series = try Series.load(FilePath(state.series), variant: state.variant, base: state.base)
    guard series.identity == state.identity else {
      throw .stopped(folder, reason: "the series changed since; start again after xip-rebase abort")
    }
    var next = self
    if let name {
      next.state.skipped.append(name)
      next.state.files.removeAll { $0.patch == name }
    }
    var decisions = Decisions(skipped: Set(next.state.skipped))
    for file in next.state.files {
      do {
        guard let path = file.treePath else { continue }
        let key = Decisions.Place(patch: file.patch, path: path)
        decisions.files[key] = .some(try decision(on: file))
      } catch .undecided where name != nil {
        // It keeps waiting.
      }
    }
    var rebaser = try Rebaser(series, repository: FilePath(state.repository))
    let stack = try rebaser.carry(onto: state.target, decisions: decisions)
    next.state.result = stack.result
    if stack.result.isClean {
      next.state.result = stack.result.using(try next.record(stack, decisions, in: series))
      try rebaser.write(stack.result, to: state.branch)
      try attempt { () throws(FileFailure) in try Files.removeAtOnce(folder) }
    } else {
      try next.add(stack, in: rebaser.repository, to: folder)
    }
    self = next
    return next.state.result
  }

  /// Returns the settled content of a file, nil when it shall be gone.
  private func decision(on file: File) throws(PatchStackError) -> [UInt8]? {
    let place = place(of: file)
    var content: [UInt8]?
    if Files.exists(place) {
      do { content = try Files.read(place) } catch { throw .file(error) }
    }
    if let size = file.markerSize, let content {
      if let line = MarkedText.firstMarker(in: content, markerSize: size) {
        throw .undecided(place, line: line)
      }
      return content
    }
    if content == nil, Files.exists(side("target", of: place)) || Files.exists(side("patch", of: place)) {
      throw .undecided(place, line: nil)
    }
    return content
  }

  /// Writes the files of conflicts that are not in the folder yet, then the state.
  private mutating func add(
    _ stack: CarriedStack, in repository: borrowing Repository, to folder: FilePath
  ) throws(PatchStackError) {
    for file in stack.files.joined() {
      guard let marked = file.marked, let patch = file.conflicts.first?.patch,
        !state.files.contains(where: { $0.patch == patch && $0.treePath == marked.path })
      else { continue }
      let place = folder.appending(patch).pushing(FilePath(bytes: marked.path.bytes))
      try attempt { () throws(FileFailure) in try Files.makeDirectory(place.removingLastComponent()) }
      if let content = marked.content {
        try attempt { () throws(FileFailure) in try Files.write(content, to: place) }
      } else {
        for (name, entry) in [("target", marked.ours), ("patch", marked.theirs)] {
          guard let entry else { continue }
          var content = entry.submoduleText ?? []
          if entry.mode != .submodule {
            do { content = try repository.content(of: entry.id, as: .blob) } catch { throw .git(error) }
          }
          try attempt { () throws(FileFailure) in try Files.write(content, to: side(name, of: place)) }
        }
      }
      state.files.append(
        File(
          patch: patch, path: marked.path, markerSize: marked.content == nil ? nil : marked.markerSize))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json: Data
    do { json = try encoder.encode(state) } catch { throw .stopped(folder, reason: "\(error)") }
    try attempt { () throws(FileFailure) in try Files.write(Array(json), to: folder.appending("state.json")) }
  }

  /// Keeps what was decided beside the series, and returns the names it has there.
  private func record(
    _ stack: CarriedStack, _ decisions: Decisions, in series: Series
  ) throws(PatchStackError) -> [String] {
    var names: [String] = []
    for (patch, files) in zip(series.patches, stack.files) {
      let origin = "\(patch.name) \(state.target)\n"
      if state.skipped.contains(patch.name) {
        let question = LargeQuestion(leavingOut: patch, of: stack.trees[0])
        try attempt { () throws(FileFailure) in
          names.append(try series.resolutions.record(question, settledAs: nil, origin: origin))
        }
      }
      for file in files {
        guard let marked = file.marked,
          let settled = decisions.files[.init(patch: patch.name, path: marked.path)]
        else { continue }
        let origin = "\(patch.name) \(marked.path) \(state.target)\n"
        try attempt { () throws(FileFailure) in
          names.append(try series.resolutions.record(marked, settledAs: settled, origin: origin))
        }
      }
    }
    return names
  }

  private func place(of file: File) -> FilePath {
    let path = file.treePath.map { FilePath(bytes: $0.bytes) } ?? FilePath(file.path)
    return folder.appending(file.patch).pushing(path)
  }

  /// Takes the right to work on the folders beside `folder`; nobody holds it for more than milliseconds.
  ///
  /// What processes left there that were killed goes.
  static func lock(_ folder: FilePath) throws(PatchStackError) -> FileLock {
    do {
      let directory = folder.removingLastComponent()
      try Files.makeDirectory(directory)
      let lock = try FileLock(waitingForDirectory: directory)
      for name in try Files.list(directory) where name.hasSuffix(".new") || name.hasSuffix(".gone") {
        try Files.remove(directory.appending(name))
      }
      return lock
    } catch {
      throw .file(error)
    }
  }
}

/// Returns the file beside `place` that holds one side of a conflict.
private func side(_ name: String, of place: FilePath) -> FilePath {
  place.withSuffix(".\(name)")
}

private func absolute(_ path: FilePath) -> String {
  if path.isAbsolute { return path.string }
  return FilePath(FileManager.default.currentDirectoryPath).pushing(path).string
}

private func attempt(_ body: () throws(FileFailure) -> Void) throws(PatchStackError) {
  do { try body() } catch { throw .file(error) }
}
