internal import Host
public import SystemPackage

/// A repository for a test, driven by git itself, with nothing of the machine's configuration.
public struct GitFixture: Sendable {
  /// The repository's directory; a working tree unless made bare.
  public let path: FilePath

  /// Makes an empty repository in `directory`.
  public init(in directory: FilePath, options: [String] = []) async throws {
    path = directory.appending("repository")
    self.home = directory
    try Files.makeDirectory(path)
    try await git("init", ["-q", "-b", "main"] + options)
  }

  private let home: FilePath

  /// Runs a git command and returns what it printed, without the line feed at the end.
  @discardableResult
  public func git(_ command: String, _ arguments: [String] = [], input: String? = nil) async throws -> String
  {
    let output = try await Command(
      "git", [command] + arguments, environment: Self.sealed(home: home), in: path
    ).output(input: input.map { Array($0.utf8) })
    var text = String(decoding: output, as: UTF8.self)
    if text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  /// Commits files (nil removes one) over the branch, without a working tree, and tags the commit.
  ///
  /// The commit follows `parent`, else the last one of `branch`, or none when `orphan`; its message is the tag.
  public func commit(
    _ tag: String, _ files: [String: String?], branch: String = "main", over parent: String? = nil,
    orphan: Bool = false
  ) async throws {
    var stream = Array("commit refs/heads/\(branch)\nmark :1\n".utf8)
    stream += "author A U Thor <author@example.com> 1752307200 +0000\n".utf8
    stream += "committer C O Mitter <committer@example.com> 1752307200 +0000\n".utf8
    stream += "data \(tag.utf8.count)\n\(tag)\n".utf8
    if orphan {
      stream += "deleteall\n".utf8
    } else if let parent {
      stream += "from \(parent)^0\n".utf8
    } else if Files.exists(path.appending(".git/refs/heads/\(branch)")) {
      stream += "from refs/heads/\(branch)^0\n".utf8
    }
    // Removals first: a file may become a directory.
    for (name, content) in files where content == nil { stream += "D \(name)\n".utf8 }
    for (name, content) in files.sorted(by: { $0.key < $1.key }) {
      guard let content else { continue }
      stream += "M 100644 inline \(name)\ndata \(content.utf8.count)\n\(content)\n".utf8
    }
    stream += "reset refs/tags/\(tag)\nfrom :1\n".utf8
    _ = try await Command(
      "git", ["fast-import", "--quiet", "--force"], environment: Self.sealed(home: home), in: path
    ).output(input: stream)
  }

  /// The environment in which git sees neither the user's nor the machine's configuration, nor the clock.
  public static func sealed(home: FilePath) -> [String: String?] {
    [
      "HOME": home.string, "XDG_CONFIG_HOME": nil, "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null",
      "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil, "GIT_OBJECT_DIRECTORY": nil,
      "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
      "GIT_AUTHOR_DATE": "1752307200 +0000", "GIT_COMMITTER_NAME": "C O Mitter",
      "GIT_COMMITTER_EMAIL": "committer@example.com", "GIT_COMMITTER_DATE": "1752307200 +0000",
      "GIT_EDITOR": "false", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
    ]
  }
}
