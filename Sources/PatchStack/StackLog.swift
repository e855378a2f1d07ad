internal import Git
internal import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What was done to the series of a directory, one commit for each change, on a reference of its own.
///
/// The tree of a commit holds the files of the series as they were behind the change. The first commit is the series
/// before the first change; files that were changed by hand in between have a commit too.
public struct StackLog: Sendable {
  /// One change.
  public struct Entry: Hashable, Sendable {
    /// Its number, counted from 1.
    public let number: Int
    /// What was asked for, or ``byHand``.
    public let command: String
    /// When, in seconds since 1970-01-01 00:00 UTC.
    public let seconds: Int64
    /// The files it changed.
    public let files: [ChangedFile]
    /// The name of its commit, 40 hexadecimal digits.
    public let commit: String
  }

  /// What stands for the command of a change that this tool did not make.
  public static let byHand = "changed by hand"

  /// The changes, the oldest first.
  public let entries: [Entry]

  /// Reads what was done to the series in `directory`.
  ///
  /// - Parameters:
  ///   - directory: The directory of the series.
  ///   - path: The repository that keeps its log, the one that has its base.
  /// - Throws: `PatchStackError.git` when the log cannot be read.
  public init(of directory: FilePath, repository path: FilePath) throws(PatchStackError) {
    let real = try realPath(directory)
    entries = try Series.atRest(real) { () throws(PatchStackError) in
      try Self.entries(of: real, repository: path)
    }
  }

  private static func entries(
    of real: FilePath, repository path: FilePath
  ) throws(PatchStackError) -> [Entry] {
    do {
      let repository = try Repository(opening: path)
      let states = try states(of: real, in: repository)
      var entries: [Entry] = []
      for (number, state) in states.enumerated().dropFirst() {
        let before = try SeriesFiles(tree: states[number - 1].commit.tree, in: repository)
        let after = try SeriesFiles(tree: state.commit.tree, in: repository)
        entries.append(
          Entry(
            number: number, command: state.command, seconds: state.commit.author.seconds,
            files: before.difference(to: after), commit: "\(state.id)"))
      }
      return entries
    } catch {
      throw .git(error)
    }
  }

  /// A commit of the log.
  struct State {
    let id: ObjectID
    let commit: Commit

    var command: String {
      String(decoding: commit.message.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
  }

  /// Returns the commits of the log of a directory, given by its real path, the oldest first.
  static func states(
    of directory: FilePath, in repository: borrowing Repository
  ) throws(GitError) -> [State] {
    var states: [State] = []
    var next = try repository.target(of: reference(of: directory))
    while let id = next {
      let commit = try repository.commit(id)
      states.append(State(id: id, commit: commit))
      next = commit.parents.first
    }
    return states.reversed()
  }

  /// Returns the name of the reference that keeps the log of a directory, given by its real path.
  static func reference(of directory: FilePath) -> String {
    "refs/xip-rebase/log/" + SHA1.hex(of: Array(directory.string.utf8))
  }

  /// Makes the commits for a change from the files as they are to those that will be, stores them, and returns where
  /// the reference has to go.
  static func record(
    _ command: String, from before: SeriesFiles, to after: SeriesFiles, of directory: FilePath,
    in repository: inout Repository
  ) throws(GitError) -> DirectoryChange.Reference {
    repository.forgetObjects()
    repository.purpose = .result
    let name = reference(of: directory)
    let old = try repository.target(of: name)
    let seconds = Int64(time(nil))
    func commit(_ tree: ObjectID, _ parent: ObjectID?, _ message: String) throws(GitError) -> ObjectID {
      let signature = Signature(
        name: Array("xip-rebase".utf8), email: Array("xip-rebase".utf8), seconds: seconds, offset: 0)
      return try repository.make(
        Commit(
          tree: tree, parents: parent.map { [$0] } ?? [], author: signature, committer: signature,
          message: Array("\(message)\n".utf8)))
    }
    let start = try before.tree(in: &repository)
    var parent = old
    if let old {
      if try repository.commit(old).tree != start { parent = try commit(start, old, byHand) }
    } else {
      parent = try commit(start, nil, "the series in \(directory) before its first change")
    }
    let new = try commit(try after.tree(in: &repository), parent, command)
    try repository.writeObjects()
    return .init(repository: repository.path.string, name: name, old: old, new: new)
  }
}
