internal import Git
internal import Host
public import SystemPackage

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#endif

/// A patch that waits for somebody to change it: a folder with its message, and its files as they are behind it.
///
/// What is in `files` when the edit goes on is what the patch leaves behind: a file may be changed, added or removed.
/// Nothing but the folder is touched until then, so that removing it is all there is to giving up.
public struct OpenEdit: Sendable {
  /// The folder.
  public let folder: FilePath
  /// The series' directory.
  public var series: FilePath { FilePath(state.series) }
  /// The name of the patch.
  public var patch: String { state.patch }
  /// Whether the patch is to be added to the stack.
  public var isNew: Bool { state.isNew }
  /// The file with the message.
  public var message: FilePath { folder.appending("message") }
  /// The directory with the files.
  public var files: FilePath { folder.appending("files") }

  private let state: State

  private struct State: Codable {
    var schema = 1
    let series: String
    let variant: String?
    let base: String?
    let identity: String
    let repository: String
    let patch: String
    let isNew: Bool
    /// The number of patches below it.
    let below: Int
    /// Files of the tree that were asked for beside those of the patch.
    let paths: [String]
  }

  /// The name of its folder among those of rebases that wait.
  public static let name = "edit"

  /// Opens the edit that waits in the folder ``name`` of `directory`; returns nil when there is none.
  public init?(in directory: FilePath) throws(PatchStackError) {
    folder = directory.appending(Self.name)
    let file = folder.appending("edit.json")
    guard Files.exists(file) else { return nil }
    var content: [UInt8] = []
    do { content = try Files.read(file) } catch { throw .file(error) }
    guard let state = try? JSONDecoder().decode(State.self, from: Data(content)), state.schema == 1 else {
      throw .malformed(file, line: nil, reason: "not the state of an edit; remove \(folder) to be rid of it")
    }
    self.state = state
  }

  private init(_ state: State, in folder: FilePath) {
    self.state = state
    self.folder = folder
  }

  /// Takes in what the folder holds: the patch says it from now on, those above are carried over it, the folder goes.
  ///
  /// - Throws: `PatchStackError.refused` when a patch above does not fit any more; the folder is kept then, and all
  ///   else is as before.
  public func proceed() throws(PatchStackError) -> StackChange {
    let work = try StackWork(
      on: series, variant: state.variant, base: state.base, repository: FilePath(state.repository))
    do {
      return try work.change(removing: folder) { bench, repository throws(PatchStackError) in
        // Nobody gives the edit up while it is read.
        let lock = try StoppedRebase.lock(folder)
        defer { withExtendedLifetime(lock) {} }
        guard Files.exists(folder.appending("edit.json")) else {
          throw .stopped(folder, reason: "nothing waits here any more")
        }
        guard bench.series.identity == state.identity else {
          throw .stopped(
            folder, reason: "the series changed since; undo that, or start again after xip-rebase abort")
        }
        return try plan(for: work, bench, in: &repository)
      }
    } catch .refused(let patch, let reason) {
      throw .refused(patch: patch, reason: "\(reason); \(state.patch) waits in \(folder)")
    }
  }

  /// Gives up: removes the folder, which is all that there is.
  public func abort() throws(PatchStackError) {
    let lock = try StoppedRebase.lock(folder)
    defer { withExtendedLifetime(lock) {} }
    do { try Files.removeAtOnce(folder) } catch { throw .file(error) }
  }

  private func plan(
    for work: StackWork, _ bench: StackWork.Bench, in repository: inout Repository
  ) throws(PatchStackError) -> (String, StackPlan) {
    let was = bench.images.trees[state.isNew ? state.below : state.below + 1]
    var given: Set<TreePath> = []
    for entry in try Self.entries(
      isNew: state.isNew, state.below, state.paths, bench, in: repository)
    {
      given.insert(entry.path)
    }
    let found = try EditFolder(path: files).files { given.contains($0) }
    var changes: [TreePath: TreeEntry?] = [:]
    for path in given { changes[path] = .some(nil) }
    let after: ObjectID
    do {
      for file in found {
        changes[file.path] = TreeEntry(file.mode, try repository.make(file.content, as: .blob))
      }
      after = try repository.tree(was, changing: changes)
    } catch {
      throw .git(error)
    }
    let text: [UInt8]
    do { text = try Files.read(message) } catch { throw .file(error) }
    let draft = StackWork.Draft(
      message: .verbatim(text), after: after, changed: Set(changes.keys), diff: nil)
    return state.isNew
      ? try work.adding(state.patch, draft, below: state.below, bench, in: repository)
      : try work.editing(state.below, draft, bench, in: repository)
  }

  /// Returns the files to lay out: those of the patch behind it, and those of `paths`.
  private static func entries(
    isNew: Bool, _ below: Int, _ paths: [String], _ bench: StackWork.Bench,
    in repository: borrowing Repository
  ) throws(PatchStackError) -> [(path: TreePath, entry: TreeEntry)] {
    let tree = bench.images.trees[isNew ? below : below + 1]
    var wanted = isNew ? [] : Set(bench.series.patches[below].changes.compactMap(\.newPath))
    var asked: Set<TreePath> = []
    for text in paths {
      guard let path = TreePath(FilePath(text).lexicallyNormalized().string) else {
        throw .malformed(FilePath(text), line: nil, reason: "not a path inside the tree")
      }
      asked.insert(path)
    }
    wanted.formUnion(asked)
    var entries: [(path: TreePath, entry: TreeEntry)] = []
    for path in wanted.sorted() {
      do {
        switch try repository.content(at: path, of: tree) {
        case .file(let entry) where entry.mode != .submodule: entries.append((path, entry))
        case .directory where asked.contains(path):
          throw PatchStackError.malformed(
            FilePath("\(path)"), line: nil, reason: "a directory; name its files")
        default: break
        }
      } catch let error as GitError {
        throw .git(error)
      } catch let error as PatchStackError {
        throw error
      } catch {}
    }
    return entries
  }

  /// Lays out a patch in the folder ``name`` of `directory`.
  static func begin(
    _ patch: String, isNew: Bool, below: Int, paths: [String], message: [UInt8], work: StackWork,
    _ bench: StackWork.Bench, in directory: FilePath, _ repository: borrowing Repository
  ) throws(PatchStackError) -> OpenEdit {
    let folder = directory.appending(name)
    let state = State(
      series: work.directory.string, variant: work.variant, base: work.base, identity: bench.series.identity,
      repository: repository.path.string, patch: patch, isNew: isNew, below: below, paths: paths)
    do {
      try Files.makeDirectory(directory)
      let lock = try StoppedRebase.lock(folder)
      defer { withExtendedLifetime(lock) {} }
      if Files.exists(folder) {
        throw PatchStackError.stopped(
          folder, reason: "an edit waits here; end it with xip-rebase continue or abort")
      }
      // The folder appears whole, or not at all.
      let new = FilePath(folder.string + ".new")
      try Files.remove(new)
      try Files.makeDirectory(new.appending("files"))
      let layout = EditFolder(path: new.appending("files"))
      for (path, entry) in try entries(isNew: isNew, below, paths, bench, in: repository) {
        try layout.write(try repository.content(of: entry.id, as: .blob), entry.mode, at: path)
      }
      try Files.write(message, to: new.appending("message"))
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try Files.write(Array(try encoder.encode(state)), to: new.appending("edit.json"))
      try Files.move(new, to: folder)
    } catch let error as GitError {
      throw .git(error)
    } catch let error as FileFailure {
      throw .file(error)
    } catch let error as PatchStackError {
      throw error
    } catch {
      throw .stopped(folder, reason: "\(error)")
    }
    return OpenEdit(state, in: folder)
  }
}
