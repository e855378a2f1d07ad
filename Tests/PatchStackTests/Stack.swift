import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

/// A repository with tags, and a series beside it, for a test.
struct Stack {
  let git: GitFixture
  let directory: FilePath

  /// Makes the tag `base` with `files` and calls `body`.
  static func with(_ files: [String: String?], _ body: (Stack) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
      let stack = Stack(git: try await GitFixture(in: directory), directory: directory.appending("series"))
      try Files.makeDirectory(stack.directory)
      try await stack.git.commit("base", files)
      try await body(stack)
    }
  }

  /// Adds a patch that does to the base, as the patches before left it, what `files` says.
  func patch(_ name: String, _ files: [String: String?]) async throws {
    let isFirst = !Files.exists(git.path.appending(".git/refs/heads/stack"))
    try await git.commit("tip-\(name)", files, branch: "stack", over: isFirst ? "refs/tags/base" : nil)
    try list(name, try await git.git("format-patch", ["-1", "--stdout", "-M", "--binary", "stack"]) + "\n")
  }

  /// Adds a patch of this text.
  func list(_ name: String, _ text: String, options: String = "") throws {
    try Files.write(Array(text.utf8), to: directory.appending(name))
    let series = directory.appending("series")
    let old = Files.exists(series) ? try Files.read(series) : Array("# base: base\n".utf8)
    try Files.write(old + Array("\(name)\(options)\n".utf8), to: series)
  }

  /// Commits `files` over the base and tags it.
  func target(_ files: [String: String?], tag: String = "target", orphan: Bool = false) async throws {
    try await git.commit(tag, files, branch: "on-\(tag)", over: "refs/tags/base", orphan: orphan)
  }

  /// Carries the series onto a tag, in memory.
  func rebase(onto tag: String = "target") throws -> RebaseResult {
    try Rebaser.run(try Series.load(directory), onto: tag, repository: git.path, mode: .dryRun)
  }

  /// Carries the series onto a tag and keeps it on `refs/heads/out`.
  @discardableResult
  func write(onto tag: String = "target") throws -> RebaseResult {
    try Rebaser.run(
      try Series.load(directory), onto: tag, repository: git.path, mode: .write(branch: "refs/heads/out"))
  }

  /// Returns the content of a file of the stack that was kept, or nil when it has no such file.
  func content(of path: String) async throws -> String? {
    guard try await git.git("ls-tree", ["out", "--", path]) != "" else { return nil }
    return try await git.git("show", ["out:\(path)"]) + "\n"
  }
}

/// Returns the lines `line 1` to `line count`, some of them replaced by other text.
func numbered(_ count: Int, _ changes: [Int: String] = [:]) -> String {
  (1...count).map { changes[$0] ?? "line \($0)\n" }.joined()
}
