import Host
import SystemPackage

/// The `git` program on one repository, for what libgit2 lacks or does slowly.
///
/// Neither the system's nor the user's configuration, nor a hook, has a say in what it does.
struct GitProgram: Sendable {
  /// The repository itself: the `.git` directory, or the whole of a bare one.
  let directory: FilePath

  /// More settings of the environment.
  var environment: [String: String?] = [:]

  /// Returns the command `git arguments` on the repository.
  ///
  /// The user's configuration counts only when `asUser` says so, as it must for a fetch: it has the proxies, the
  /// credentials and the shorthands of remotes.
  func command(_ arguments: [String], asUser: Bool = false) -> Command {
    var settings = Self.sealed
    settings["GIT_DIR"] = directory.string
    if asUser {
      settings.removeValue(forKey: "GIT_CONFIG_NOSYSTEM")
      settings.removeValue(forKey: "GIT_CONFIG_GLOBAL")
    }
    settings.merge(environment) { $1 }
    // Both kinds of housekeeping repack behind our back; a hook or monitor of a clone is not ours to run; a power cut
    // takes nothing that a reference leads to, nor the reference.
    let fixed = [
      "gc.auto=0", "maintenance.auto=false", "core.hooksPath=/dev/null", "core.fsmonitor=false",
      "core.fsync=committed",
    ]
    return Command("git", fixed.flatMap { ["-c", $0] } + arguments, environment: settings)
  }

  /// Runs `git arguments` and returns its output.
  @discardableResult
  func callAsFunction(_ arguments: String..., input: [UInt8]? = nil) async throws(TreeError) -> [UInt8] {
    do {
      return try await command(arguments).output(input: input)
    } catch {
      throw TreeError(error, writing: directory)
    }
  }

  /// Runs `git arguments` and returns its output as text without the last line feed.
  func text(_ arguments: String..., input: [UInt8]? = nil) async throws(TreeError) -> String {
    do {
      var output = try await command(arguments).output(input: input)
      if output.last == UInt8(ascii: "\n") { output.removeLast() }
      return String(decoding: output, as: UTF8.self)
    } catch {
      throw TreeError(error, writing: directory)
    }
  }

  private static let sealed: [String: String?] = [
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C", "GIT_WORK_TREE": .none, "GIT_INDEX_FILE": .none, "GIT_OBJECT_DIRECTORY": .none,
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": .none, "GIT_COMMON_DIR": .none, "GIT_NAMESPACE": .none,
    "GIT_CONFIG_PARAMETERS": .none, "GIT_CONFIG_COUNT": .none,
    // Notes are commits, and git wants to know whose.
    "GIT_AUTHOR_NAME": identity.name, "GIT_AUTHOR_EMAIL": identity.email,
    "GIT_COMMITTER_NAME": identity.name, "GIT_COMMITTER_EMAIL": identity.email,
  ]

  /// Who commits imported trees: the same everywhere, so that a tarball has one commit id.
  static let identity = (name: "xip-rebase", email: "xip-rebase@localhost")
}
