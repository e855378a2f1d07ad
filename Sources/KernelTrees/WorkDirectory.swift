public import Host
public import SystemPackage

/// A directory with the files of one commit, moved from release to release by writing only what differs.
///
/// Files that stay keep their times, so an incremental build compiles only what a release changed. What anybody
/// changed by hand is put right at each move. The directory is filled by git from an index of its own, so a move
/// that was killed is finished by the next.
public struct WorkDirectory: Sendable {
  /// Where the files and the index lie.
  public let path: FilePath

  /// What the directory holds of each commit.
  public let sparsePaths: SparsePaths

  /// Names the work directory at `path`; nothing need be there yet.
  public init(at path: FilePath, holding sparsePaths: SparsePaths = .mips) {
    self.path = path
    self.sparsePaths = sparsePaths
  }

  /// The top of the files, where `make` runs.
  public var tree: FilePath { path.appending("tree") }

  private var repository: FilePath { path.appending("index.git") }
  private var state: FilePath { path.appending("state") }
  private var wide: FilePath { path.appending("wide") }

  /// Makes the directory hold the files of `commit`, as far as `sparsePaths` and earlier widening say.
  ///
  /// One process at a time; another waits.
  ///
  /// - Parameters:
  ///   - commit: The hexadecimal id of a commit.
  ///   - store: The repository that has it.
  ///   - progress: Told how many files are written.
  /// - Returns: The top of the files.
  /// - Throws: `TreeError`; the next call then puts the directory right.
  @discardableResult
  public func checkOut(
    commit: String, from store: Store, progress: Progress
  ) async throws(TreeError) -> FilePath {
    try await alone(progress: progress) { () throws(TreeError) in
      try await fill(with: commit, from: store, progress: progress)
      return tree
    }
  }

  /// Adds the directory that `missing` names or lies in, with all below it, for a build that asked for it.
  ///
  /// What is added stays for later commits.
  ///
  /// - Parameters:
  ///   - missing: A path below the top of the tree, such as `drivers/mfd/core.o` of make's `No rule to make
  ///     target`, or a directory.
  ///   - store: The repository that has the commit which is checked out.
  ///   - progress: Told how many files are written.
  /// - Returns: Whether the directory has more files now; if not, the build fails for another reason.
  /// - Throws: `TreeError`.
  public func widen(_ missing: String, from store: Store, progress: Progress) async throws(TreeError) -> Bool
  {
    try await alone(progress: progress) { () throws(TreeError) in
      guard let commit = checkedOutCommit() else { return false }
      var parts = missing.split(separator: "/").filter { $0 != "." }.map(String.init)
      guard !parts.isEmpty, !parts.contains("..") else { return false }
      let git = store.git
      // The deepest directory of the commit on the way to what is missing.
      while !parts.isEmpty {
        let type = try? await git.text("cat-file", "-t", "\(commit):\(parts.joined(separator: "/"))")
        if type == "tree" { break }
        parts.removeLast()
      }
      guard !parts.isEmpty, !held.holds(parts.map(\.utf8)) else { return false }
      let lines = widened.union([parts.joined(separator: "/")]).sorted()
      do throws(FileFailure) {
        try Files.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: wide)
      } catch {
        throw .file(error)
      }
      try await fill(with: commit, from: store, progress: progress)
      return true
    }
  }

  /// Waits until no other process builds from the directory, which stays as it is for others until the lock is let go.
  ///
  /// - Parameter progress: Told of a wait.
  /// - Returns: The lock; the one who holds it checks out and widens as usual.
  /// - Throws: `TreeError`.
  public func reserve(progress: Progress) async throws(TreeError) -> WaitedLock {
    try await WaitedLock.take(path.appending("build.lock"), while: "building in \(path)", progress: progress)
  }

  /// Returns the commit that the last call left whole in the directory, or nil.
  public func checkedOutCommit() -> String? {
    guard let text = try? Files.read(state) else { return nil }
    return String(decoding: text.dropLast(), as: UTF8.self)
  }
}

extension WorkDirectory {
  private var widened: Set<String> {
    guard let text = try? Files.read(wide) else { return [] }
    return Set(String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  /// What the directory holds after earlier widening.
  private var held: SparsePaths { SparsePaths(sparsePaths.directories.union(widened)) }

  private func alone<Value>(
    progress: Progress, body: () async throws(TreeError) -> Value
  ) async throws(TreeError) -> Value {
    try await withLock(path.appending("lock"), while: "using \(path)", progress: progress, body: body)
  }

  /// The `git` program on the directory's own index, with the files of `tree`.
  private var git: GitProgram {
    GitProgram(
      directory: repository,
      environment: ["GIT_WORK_TREE": tree.string, "GIT_PROGRESS_DELAY": "0"])
  }

  private func fill(
    with commit: String, from store: Store, progress: Progress
  ) async throws(TreeError) {
    let wanted = try await files(of: commit, in: store)
    do throws(FileFailure) {
      // A state says that directory and commit agree; from here on they do not.
      try Files.remove(state)
      try Files.makeDirectory(tree)
      // The directory's lock is held, so this one is a leftover.
      try Files.remove(repository.appending("index.lock"))
    } catch {
      throw .file(error)
    }
    if !Files.exists(repository) { try await Store.makeRepository(repository) }
    try lend(objectsOf: store)
    progress(.began("work directory \(path)"))
    let (changes, written) = (try await indexed()).changes(to: wanted)
    if !changes.isEmpty { try await git("update-index", "-z", "--index-info", input: changes) }
    // A fresh directory in slices, to show how it fills; the few files of a move come with the rest below.
    for start in stride(from: 0, to: written.count, by: Self.slice) where written.count > 2 * Self.slice {
      let end = min(written.count, start + Self.slice)
      let paths = Array(written[start..<end].joined())
      try await git("checkout-index", "-f", "-u", "-q", "-z", "--stdin", input: paths)
      progress(.advanced(done: end, of: written.count, unit: "files"))
    }
    // Whatever was changed by hand: git compares sizes and times, and writes again what differs.
    try await git("checkout-index", "-f", "-u", "-q", "-a")
    try await git("clean", "-ffdxq")
    do throws(FileFailure) {
      try Files.write(Array("\(commit)\n".utf8), to: state)
    } catch {
      throw .file(error)
    }
    progress(.ended(summary: "\(written.count) files written in \(tree)"))
  }

  /// The number of files that are written between two reports.
  private static let slice = 4096

  private func lend(objectsOf store: Store) throws(TreeError) {
    let information = repository.appending("objects").appending("info")
    do throws(FileFailure) {
      try Files.makeDirectory(information)
      try Files.write(
        Array("\(store.path.appending("objects"))\n".utf8), to: information.appending("alternates"))
    } catch {
      throw .file(error)
    }
  }

  /// Returns the files of `commit` that the directory holds.
  private func files(of commit: String, in store: Store) async throws(TreeError) -> FileList {
    let listing: Command.Completion
    do {
      listing = try await store.git.command(["ls-tree", "-r", "-z", "--full-tree", "\(commit)^{tree}"])
        .completion()
    } catch {
      throw TreeError(error, writing: path)
    }
    guard listing.status.isSuccess else { throw .noSuchCommit(commit, in: store.path) }
    return FileList(treeListing: listing.output, held: held)
  }

  /// Returns the files of the index; of an index that cannot be read, none.
  private func indexed() async throws(TreeError) -> FileList {
    do {
      let listing = try await git.command(["ls-files", "--stage", "-z"]).completion()
      if listing.status.isSuccess { return FileList(indexListing: listing.output) }
    } catch {
      throw TreeError(error, writing: path)
    }
    do throws(FileFailure) {
      try Files.remove(repository.appending("index"))
    } catch {
      throw .file(error)
    }
    return FileList(indexListing: [])
  }
}
