import Host
public import SystemPackage
public import Versions

/// A git repository that keeps kernel trees under their tags.
///
/// It is the cache's own bare repository or any clone of the kernel. A tag appears in it only when its tree is
/// whole; what is on its way lies apart, under `xip-rebase/incoming`.
public struct Store: Hashable, Sendable {
  /// The repository itself: the `.git` directory of a clone, or the whole of a bare one.
  public let path: FilePath

  /// Whether the repository is the tool's own, so that no other program writes in it.
  let isPrivate: Bool

  /// Opens the cache's own repository, and makes it when there is none.
  ///
  /// - Throws: `TreeError` when it cannot be made.
  public static func cached(in cache: CacheFolder) async throws(TreeError) -> Store {
    let path = cache.store
    guard !Files.exists(path.appending("HEAD")) else { return Store(path: path, isPrivate: true) }
    let lock = try lockDirectory(of: path)
    defer { extendLifetime(lock) }
    try await makeRepository(path)
    return Store(path: path, isPrivate: true)
  }

  /// Opens the repository at `path`: a bare one, a clone, or a worktree of one.
  ///
  /// - Throws: `TreeError.notARepository`, also where git refuses the owner of the directory.
  public init(repository path: FilePath) async throws(TreeError) {
    let ceiling = path.removingLastComponent()
    let question = Command(
      "git", ["-C", path.string, "rev-parse", "--path-format=absolute", "--git-common-dir"],
      environment: [
        "GIT_DIR": .none, "GIT_WORK_TREE": .none, "LC_ALL": "C",
        // The repository is the one named, not one that happens to lie around it.
        "GIT_CEILING_DIRECTORIES": ceiling.isAbsolute ? ceiling.string : .none,
      ])
    do throws(CommandError) {
      let answer = try await question.output().dropLast()
      self.init(path: FilePath(String(decoding: answer, as: UTF8.self)), isPrivate: false)
    } catch {
      switch error {
      // Git that was killed, or could not read what is there, says nothing about the place.
      case .failed(_, .exited, let message) where !TreeError.tellsOfFailedReading(message):
        // It also calls one no repository whose HEAD it cannot read.
        if message.contains("not a git repository"), try Self.hasHead(path) { throw .command(error) }
        throw .notARepository(
          path, message: message.split(whereSeparator: \.isNewline).last.map(String.init) ?? "")
      case .cancelled: throw .cancelled
      default: throw .command(error)
      }
    }
  }

  /// Returns whether a repository seems to lie at `path`.
  ///
  /// - Throws: `TreeError.file` when one does, and its HEAD cannot be read.
  private static func hasHead(_ path: FilePath) throws(TreeError) -> Bool {
    for place in [path.appending(".git"), path] where Files.exists(place.appending("HEAD")) {
      do throws(FileFailure) {
        _ = try Files.read(place.appending("HEAD"))
      } catch {
        throw .file(error)
      }
      if Files.isDirectory(place.appending("objects")) { return true }
    }
    return false
  }

  private init(path: FilePath, isPrivate: Bool) {
    self.path = path
    self.isPrivate = isPrivate
  }

  /// The `git` program on this repository.
  var git: GitProgram { GitProgram(directory: path) }

  /// Where this tool keeps its own files in the repository.
  private var folder: FilePath { path.appending("xip-rebase") }

  /// The reference of the notes that say where trees came from.
  private static let notes = "refs/notes/xip-rebase"

  /// The reference under which a tag from a remote lies until it was checked.
  static let arrival = "refs/xip-rebase/incoming"

  /// Where trees lie until they are whole.
  var incoming: FilePath { folder.appending("incoming") }

  /// Makes a bare repository at `path` unless there is one: complete beside it, then renamed.
  ///
  /// The caller holds a lock on the place.
  static func makeRepository(_ path: FilePath) async throws(TreeError) {
    let beside = path.withSuffix(".new")
    guard !Files.exists(path.appending("HEAD")) else { return }
    let git = Command(
      "git", ["init", "--quiet", "--bare", "--template=", "--initial-branch=none", beside.string],
      environment: GitProgram(directory: beside).command([]).environment)
    // What a process left that was killed here.
    try? Files.remove(beside)
    do throws(CommandError) {
      _ = try await git.output()
    } catch {
      try? Files.remove(beside)
      throw TreeError(error, writing: path)
    }
    do throws(FileFailure) {
      try Files.sync(beside)
      try Files.move(beside, to: path)
    } catch {
      try? Files.remove(beside)
      throw .file(error)
    }
  }
}

/// Waits for the lock on the directory in which `path` lies or will lie.
private func lockDirectory(of path: FilePath) throws(TreeError) -> FileLock {
  do throws(FileFailure) {
    try Files.makeDirectory(path.removingLastComponent())
    return try FileLock(waitingForDirectory: path.removingLastComponent())
  } catch {
    throw .file(error)
  }
}

extension Store {
  /// Returns the tree of `version`, or nil when the store has no such tag.
  public func tree(of version: Version) async throws(TreeError) -> StoredTree? {
    let tag = "refs/tags/\(version.tag)"
    let answer = try await git.text(
      "cat-file", "--batch-check=%(objectname) %(objecttype)",
      input: Array("\(tag)^{commit}\n\(tag)^{tree}\n".utf8))
    let lines = answer.split(separator: "\n").map { $0.split(separator: " ") }
    guard lines.count == 2, lines[0].last == "commit", lines[1].last == "tree" else { return nil }
    let commit = String(lines[0][0])
    let provenance = try await provenance(of: commit)
    var verification = provenance?.verification ?? .nothing
    // What somebody else brought has the signature of its tag, if it has any.
    if provenance == nil, case .good = try await signature(ofTag: version.tag) { verification = .signedTag }
    return StoredTree(
      version: version, commit: commit, tree: String(lines[1][0]), provenance: provenance,
      verification: verification)
  }

  /// Returns what the user's keyring says of the signature of a tag.
  func signature(ofTag tag: String) async throws(TreeError) -> Signature {
    do throws(CommandError) {
      let verdict = try await git.command(["verify-tag", "--raw", tag], asUser: true)
        .completion(limit: .seconds(120))
      if case .signalled = verdict.status {
        throw CommandError.failed(git.command(["verify-tag", "--raw", tag]), verdict.status, message: "")
      }
      return Signature(status: String(decoding: verdict.errorOutput, as: UTF8.self))
    } catch {
      throw TreeError(error, writing: path)
    }
  }

  /// Returns the versions whose tags the store has, in order.
  public func versions() async throws(TreeError) -> [Version] {
    try await git.text("for-each-ref", "--format=%(refname:strip=2)", "refs/tags/v*")
      .split(separator: "\n").compactMap { Version($0) }.sorted()
  }

  /// Returns where the tree of `commit` came from, or nil when this tool did not bring it.
  func provenance(of commit: String) async throws(TreeError) -> Provenance? {
    do {
      let note = try await git.command(["notes", "--ref=xip-rebase", "show", commit]).completion()
      guard note.status.isSuccess else { return nil }
      return Provenance(note: String(decoding: note.output, as: UTF8.self))
    } catch {
      throw TreeError(error, writing: path)
    }
  }

  /// Notes where the tree of `commit` came from.
  ///
  /// - Throws: `TreeError` when it cannot be noted; the notes of other trees are as before.
  func note(_ provenance: Provenance, on commit: String) async throws(TreeError) {
    let before = try await notesCommit()
    try await git(
      "notes", "--ref=xip-rebase", "add", "--force", "--file=-", commit, input: Array(provenance.note.utf8))
    guard let before, let after = try await notesCommit(), after != before else { return }
    // Git begins anew where it could not read the notes that there are.
    guard try await !notedCommits(before).isSubset(of: notedCommits(after)) else { return }
    try await git("update-ref", Self.notes, before, after)
    throw .notThere(reason: "git could not read the notes of \(path); nothing was noted")
  }

  /// Returns the commits that have a note in `notes`, a commit of the notes.
  private func notedCommits(_ notes: String) async throws(TreeError) -> Set<String> {
    // Where they are many, their names are cut into directories.
    let names = try await git.text("ls-tree", "-r", "--name-only", notes)
    return Set(names.split(separator: "\n").map { String($0.replacing("/", with: "")) })
  }

  /// Returns the last commit of the notes, or nil when there are none.
  private func notesCommit() async throws(TreeError) -> String? {
    let line = try await git.text("for-each-ref", "--format=%(objectname)", Self.notes)
    return line.isEmpty ? nil : line
  }

  /// Calls `body` alone with the right to bring trees into the store, free of what a killed run left.
  func whileImporting<Value>(
    progress: Progress, body: () async throws(TreeError) -> Value
  ) async throws(TreeError) -> Value {
    try await withLock(
      folder.appending("lock"), while: "bringing a tree into \(path)", progress: progress
    ) { () throws(TreeError) in
      do throws(FileFailure) {
        try Files.remove(incoming)
        // These are nobody else's in any repository.
        for name in [Self.notes, Self.arrival] {
          try Files.remove(path.pushing(FilePath("\(name).lock")))
        }
        if isPrivate { try removeLeftovers() }
      } catch {
        throw .file(error)
      }
      if Files.exists(path.pushing(FilePath(Self.arrival))) {
        try await git("update-ref", "-d", Self.arrival)
      }
      return try await body()
    }
  }

  /// Removes what git left that was killed in the tool's own repository.
  ///
  /// In a clone of the user's the same names may belong to a program that is running.
  private func removeLeftovers() throws(FileFailure) {
    // References that are not those of trees are moved under a lock of their own.
    let lock = try FileLock(waitingForDirectory: path.appending("refs"))
    defer { extendLifetime(lock) }
    for name in ["shallow.lock", "packed-refs.lock", "packed-refs.new"] {
      try Files.remove(path.appending(name))
    }
    try removeLocks(below: path.appending("refs"))
    let objects = path.appending("objects")
    for name in try Files.list(objects) where name == "pack" || name.utf8.count == 2 {
      for file in try Files.list(objects.appending(name)) where file.hasPrefix("tmp_") {
        try Files.remove(objects.appending(name).appending(file))
      }
    }
  }

  private func removeLocks(below directory: FilePath) throws(FileFailure) {
    for name in try Files.list(directory) {
      let place = directory.appending(name)
      if Files.isDirectory(place) {
        try removeLocks(below: place)
      } else if name.hasSuffix(".lock") {
        try Files.remove(place)
      }
    }
  }
}
