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

  /// Writes files (nil removes one), commits them and tags the commit.
  public func commit(_ tag: String, _ files: [String: String?], orphan: Bool = false) async throws {
    if orphan {
      try await git("checkout", ["-q", "--orphan", "orphan-\(tag)"])
      try await git("rm", ["-rqf", "--ignore-unmatch", "."])
    }
    // Removals first: a file may become a directory.
    for (name, content) in files where content == nil { try Files.remove(path.appending(name)) }
    for (name, content) in files {
      guard let content else { continue }
      let file = path.appending(name)
      try Files.makeDirectory(file.removingLastComponent())
      try Files.write(Array(content.utf8), to: file)
    }
    try await git("add", ["-A"])
    try await git("commit", ["-q", "--allow-empty", "-m", tag])
    try await git("tag", [tag])
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
