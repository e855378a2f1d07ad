public import Host
import SystemPackage
public import Versions

/// Git remotes and clones that have the kernel's tags: those of the store's own configuration first.
public struct GitRemotes: TreeSource {
  /// The stable tree, which has every release and stable release since 2.6.11.
  public static let stable = "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git"

  /// URLs or paths of remotes, asked in this order after the store's own.
  public let remotes: [String]

  /// Makes the source of `remotes`.
  public init(remotes: [String] = [stable]) {
    self.remotes = remotes
  }

  /// What messages call it.
  public var name: String { "git" }

  /// Only git.
  public var tools: [NeededTool] { [NeededTool("git", to: "fetch and store trees")] }

  /// Fetches the tag of `version` alone, from the first remote that has it.
  public func fetch(_ version: Version, into store: Store, progress: Progress) async throws(TreeError) {
    var reasons: [String] = []
    for remote in await names(in: store) {
      do throws(TreeError) {
        let tags = try await listed(remote, pattern: "refs/tags/\(version.tag)", store: store)
        guard !tags.isEmpty else { throw .notThere(reason: "\(remote) has no tag \(version.tag)") }
        try await fetch(version, from: remote, into: store, progress: progress)
        return
      } catch {
        guard error.isOfItsSource else { throw error }
        reasons.append(error.description)
      }
    }
    throw .notThere(reason: reasons.isEmpty ? "no remote is configured" : reasons.joined(separator: "; "))
  }

  /// Returns what the remotes beside the store's own have tags of.
  public func versions(progress: Progress) async throws(TreeError) -> [Version] {
    var versions: Set<Version> = []
    var reasons: [String] = []
    for remote in remotes {
      do throws(TreeError) {
        versions.formUnion(try await listed(remote, pattern: "refs/tags/v*", store: nil))
      } catch {
        guard error.isOfItsSource else { throw error }
        reasons.append(error.description)
      }
    }
    guard !versions.isEmpty || reasons.isEmpty else {
      throw .notThere(reason: reasons.joined(separator: "; "))
    }
    return Array(versions)
  }

  private func names(in store: Store) async -> [String] {
    let own = try? await store.git.text("remote")
    return (own ?? "").split(separator: "\n").map(String.init) + remotes
  }

  /// Returns the versions that `remote` has tags of, among those that match `pattern`.
  private func listed(
    _ remote: String, pattern: String, store: Store?
  ) async throws(TreeError) -> [Version] {
    let git = GitProgram(directory: store?.path ?? "/", environment: Self.unattended)
    var question = git.command(["ls-remote", "--tags", "--refs", "--", remote, pattern], asUser: true)
    if store == nil { question.environment["GIT_DIR"] = .some(.none) }
    do {
      let answer = try await question.output(limit: answerLimit)
      return String(decoding: answer, as: UTF8.self).split(separator: "\n").compactMap { line in
        line.split(separator: "\t").last.flatMap { Version($0.dropFirst("refs/tags/".count)) }
      }
    } catch {
      switch error {
      case .cancelled: throw .cancelled
      case .timedOut:
        throw .notThere(reason: "\(remote) did not answer within \(answerLimit.components.seconds) s")
      case .failed(_, _, let message): throw .notThere(reason: Self.reason(message, remote))
      default: throw .command(error)
      }
    }
  }

  private func fetch(
    _ version: Version, from remote: String, into store: Store, progress: Progress
  ) async throws(TreeError) {
    progress(.began("\(version.tag) fetch from \(remote)"))
    // A depth given to a clone with history would cut that history.
    let isShallow =
      store.isPrivate ? true : try await store.git.text("rev-parse", "--is-shallow-repository") == "true"
    let git = GitProgram(directory: store.path, environment: Self.unattended)
    let command = git.command(
      ["fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
        + (isShallow ? ["--depth=1"] : []) + [
          "--", remote, "+refs/tags/\(version.tag):\(Store.arrival)",
        ],
      asUser: true)
    var words = FetchWords()
    do throws(CommandError) {
      let status = try await command.run { piece in words.read(piece, progress: progress) }
      guard status.isSuccess else { throw .failed(command, status, message: words.last) }
    } catch {
      if case .failed(_, .signalled(let signal), _) = error {
        throw .notThere(reason: "\(remote): git was killed by signal \(signal)")
      }
      if case .failed(_, _, let message) = error, !TreeError.tellsOfFullDisk(message) {
        throw .notThere(reason: Self.reason(message, remote))
      }
      throw TreeError(error, writing: store.path)
    }
    do throws(TreeError) {
      try await check(version, from: remote, in: store)
      let new = try await store.git.text("rev-parse", "--verify", Store.arrival)
      // Git goes on where it cannot write down that history ends here, which leaves a commit with parents that are not there.
      if isShallow {
        let line = try await store.git.text("rev-list", "--max-count=1", "--parents", Store.arrival)
        guard !line.contains(" ") else {
          throw TreeError.notThere(
            reason: "\(remote): git could not write the end of the history to \(store.path)/shallow")
        }
      }
      do throws(FileFailure) {
        // Git syncs all that the tag leads to, but not where its history ends.
        try Files.sync(store.path.appending("shallow"))
      } catch {
        throw TreeError.file(error)
      }
      // The tag comes last: behind it nobody would come to remove the other.
      try await store.git("update-ref", "-d", Store.arrival)
      try await store.git("update-ref", "refs/tags/\(version.tag)", new)
    } catch {
      _ = try? await store.git("update-ref", "-d", Store.arrival)
      throw error
    }
    progress(.ended(summary: "\(version.tag) from \(remote)"))
  }

  /// Checks that the tag that arrived is of `version` and its signature not bad, and notes both.
  private func check(_ version: Version, from remote: String, in store: Store) async throws(TreeError) {
    let makefile = try await store.git("cat-file", "blob", "\(Store.arrival):Makefile")
    let found = Version(makefile: makefile)
    guard found == version else {
      throw .otherVersion(
        "\(remote): \(version.tag)", wanted: version, found: found?.description ?? "of no version")
    }
    var checks = ["git's object ids on receipt"]
    var verification = Verification.nothing
    switch try await store.signature(ofTag: Store.arrival) {
    case .bad(let message): throw .badSignature(file: "\(remote): \(version.tag)", message: message)
    case .good(let fingerprint):
      checks.append("the tag's signature by \(fingerprint)")
      verification = .signedTag
    case .unchecked(let reason): checks.append("not the tag's signature: \(reason)")
    }
    let commit: String
    do throws(TreeError) {
      commit = try await store.git.text("rev-parse", "--verify", "--quiet", "\(Store.arrival)^{commit}")
    } catch {
      throw .notThere(reason: "\(remote): \(version.tag) is no commit")
    }
    try await store.note(
      Provenance(source: "git", location: remote, checks: checks, verification: verification),
      on: commit)
  }

  /// Settings for a fetch with nobody there to type a password.
  private static let unattended: [String: String?] = [
    "GIT_TERMINAL_PROMPT": "0", "GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": "30",
  ]

  private static func reason(_ message: String, _ remote: String) -> String {
    let lines = message.split(whereSeparator: \.isNewline)
    let fatal = lines.first { $0.hasPrefix("fatal:") } ?? lines.last ?? "git gave no reason"
    return "\(remote): \(fatal.replacing("fatal: ", with: "", maxReplacements: 1))"
  }
}

/// What `git fetch --progress` prints: `Receiving objects:  45% (4500/10000), 12.00 MiB | 3.00 MiB/s`.
private struct FetchWords {
  private var line: [UInt8] = []
  /// The last whole lines that are no progress.
  private(set) var last = ""

  mutating func read(_ piece: RawSpan, progress: Progress) {
    piece.withUnsafeBytes { bytes in
      for byte in bytes {
        guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
          line.append(byte)
          continue
        }
        take(String(decoding: line, as: UTF8.self), progress)
        line = []
      }
    }
  }

  private mutating func take(_ text: String, _ progress: Progress) {
    guard let open = text.firstIndex(of: "("), let slash = text[open...].firstIndex(of: "/"),
      let close = text[slash...].firstIndex(of: ")"),
      let done = Int(text[open..<slash].dropFirst()), let total = Int(text[slash..<close].dropFirst())
    else {
      if !text.isEmpty { last += text + "\n" }
      return
    }
    if text.hasPrefix("Receiving") { progress(.advanced(done: done, of: total, unit: "objects")) }
  }
}
