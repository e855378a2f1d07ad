import Git
import Host
import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the record said of each version and toolchain at the commits before, read from the project's repository.
public struct RecordHistory: Sendable {
  /// What stood on record once.
  public struct Past: Hashable, Sendable, Decodable {
    /// The release's tag.
    public let version: String
    /// The toolchain's name.
    public let toolchain: String
    /// How the climb ended.
    public let verdict: Verdict
    /// The highest rung reached.
    public let rung: Rung?
    /// Why it ended below its goal, or nil when it passed.
    public let reason: String?
    /// When the climb ended, ISO 8601.
    public let date: String

    /// Makes one entry of a history.
    public init(
      version: String, toolchain: String, verdict: Verdict, rung: Rung?, reason: String?, date: String
    ) {
      self.version = version
      self.toolchain = toolchain
      self.verdict = verdict
      self.rung = rung
      self.reason = reason
      self.date = date
    }
  }

  /// How much is read at most: old records cost time, and what is long past is in git for who looks for it.
  public struct Limits: Sendable {
    /// The commits that are looked at.
    public var commits = 4000
    /// The forms of the record that are read.
    public var records = 100
    /// The bytes of those forms.
    public var bytes = 8 << 20

    /// Makes the limits that reports use.
    public init() {}
  }

  private var entries: [String: [Past]] = [:]

  /// Makes a history of `entries`, newest first.
  public init(_ entries: [Past] = []) {
    for entry in entries { add(entry) }
  }

  /// Reads the history of the record of `project`.
  ///
  /// The project may be a folder of a repository. The history ends where that does (a shallow clone), at the limits, and is
  /// empty where `project` lies in none: a history that is not to be had is no reason to go without a report. Forms of the
  /// record that cannot be read are passed over.
  public init(of project: Project, limits: Limits = Limits()) {
    guard let name = project.record.lastComponent?.string else { return }
    do {
      let (top, folders) = Self.repository(around: project.root)
      guard let path = TreePath((folders + [name]).joined(separator: "/")) else { return }
      let repository = try Repository(opening: top)
      guard let head = try repository.target(of: "HEAD") else { return }
      var bytes = 0
      for id in repository.forms(of: path, from: head, limits) {
        guard let content = try? repository.content(of: id, as: .blob) else { continue }
        bytes += content.count
        if bytes > limits.bytes { return }
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(content)) else { continue }
        for entry in form.versions { entry.results?.forEach { $0.past.map { add($0) } } }
      }
    } catch {
      return
    }
  }

  /// Returns the top of the repository that `directory` lies in, and the names from there down to it.
  private static func repository(around directory: FilePath) -> (top: FilePath, folders: [String]) {
    guard let resolved = realpath(directory.string, nil) else { return (directory, []) }
    defer { free(resolved) }
    var top = FilePath(String(cString: resolved))
    var folders: [String] = []
    while !Files.exists(top.appending(".git")), let name = top.lastComponent?.string {
      folders.insert(name, at: 0)
      top.removeLastComponent()
    }
    return (top, folders)
  }

  /// Returns what stood on record of a version with a toolchain, newest first, each once.
  public func entries(_ version: String, toolchain: String) -> [Past] {
    entries["\(version) \(toolchain)"] ?? []
  }

  /// Returns what stood on record before `result` did.
  public func before(_ result: VersionResult) -> [Past] {
    entries(result.version, toolchain: result.toolchain).filter { past in
      past.date != result.date || past.verdict != result.verdict || past.rung != result.rung
    }
  }

  private mutating func add(_ past: Past) {
    let key = "\(past.version) \(past.toolchain)"
    if entries[key]?.contains(past) != true { entries[key, default: []].append(past) }
  }

  /// As much of a record as its history takes; older formats had less, and other things besides.
  private struct Form: Decodable {
    let versions: [Entry]

    struct Entry: Decodable {
      let results: [Result]?
    }

    struct Result: Decodable {
      let past: Past?

      init(from decoder: any Decoder) throws {
        past = try? Past(from: decoder)
      }
    }
  }
}

extension Repository {
  /// Returns the blobs that stood at `path`, newest first: one for each commit that changed it.
  ///
  /// As `git log` does, a merge that took the file from one of its parents is followed to that one alone.
  fileprivate func forms(
    of path: TreePath, from head: ObjectID, _ limits: RecordHistory.Limits
  ) -> [ObjectID] {
    var forms: [ObjectID] = []
    var waiting: [(commit: Commit, blob: ObjectID?)] = []
    var seen: Set<ObjectID> = []
    func look(_ id: ObjectID) -> (commit: Commit, blob: ObjectID?)? {
      guard let commit = try? commit(id), let content = try? content(at: path, of: commit.tree)
      else { return nil }
      if case .file(let entry) = content { return (commit, entry.id) }
      return (commit, nil)
    }
    if let first = look(head) { waiting.append(first) }
    while !waiting.isEmpty, seen.count < limits.commits, forms.count < limits.records {
      // The newest of those that wait; there are seldom more than two.
      let newest = waiting.indices.max {
        waiting[$0].commit.committer.seconds < waiting[$1].commit.committer.seconds
      }
      guard let newest else { break }
      let (commit, blob) = waiting.remove(at: newest)
      let parents = commit.parents.compactMap { id in look(id).map { (id: id, of: $0) } }
      let same = parents.first { $0.of.blob == blob }
      if same == nil, let blob, forms.last != blob { forms.append(blob) }
      for parent in same.map({ [$0] }) ?? parents where seen.insert(parent.id).inserted {
        waiting.append(parent.of)
      }
    }
    return forms
  }
}
