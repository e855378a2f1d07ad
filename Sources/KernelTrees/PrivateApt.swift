import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An apt of our own: the machine's mirrors and keys, but other suites, and nothing of the machine's is written.
struct PrivateApt: Sendable {
  /// Where its lists, caches and configuration lie.
  let folder: FilePath

  /// The machine's configuration, `/etc/apt`.
  let etc: FilePath

  private var configuration: FilePath { folder.appending("apt.conf") }
  private var sources: FilePath { folder.appending("kernel.sources") }
  private var lists: FilePath { folder.appending("lists") }
  private var stamp: FilePath { folder.appending("refreshed") }

  /// Debian's suites from 11 on, with those that are not out yet; a mirror may lack some.
  private static let releases = ["bullseye", "bookworm", "trixie", "forky", "duke"]

  /// Names that move from release to release.
  private static let aliases = ["sid", "unstable", "testing", "stable", "oldstable", "oldoldstable"]

  /// Returns the command `program arguments` under this configuration.
  func command(_ program: String, _ arguments: [String], in directory: FilePath? = nil) -> Command {
    Command(
      program, ["-c", configuration.string] + arguments, environment: ["LC_ALL": "C", "APT_CONFIG": .none],
      in: directory)
  }

  /// Writes the configuration, and downloads the lists unless they were within the last `age` seconds.
  ///
  /// - Returns: Whether the lists are new.
  /// - Throws: `TreeError.notThere` when the machine has no Debian mirror, or none answers.
  func refresh(unlessYoungerThan age: Int, progress: Progress) async throws(TreeError) -> Bool {
    let wanted = Array(try sourcesText().utf8)
    do throws(FileFailure) {
      for name in ["lists/partial", "cache/archives/partial"] {
        try Files.makeDirectory(folder.pushing(FilePath(name)))
      }
      if (try? Files.read(sources)) != wanted {
        try Files.remove(stamp)
        try Files.write(wanted, to: sources)
      }
      try Files.write(Array(configurationText.utf8), to: configuration)
      if let last = lastRefresh, (0..<age).contains(time(nil) - last) { return false }
    } catch {
      throw .file(error)
    }
    progress(.began("Debian package lists"))
    let words = try await update()
    // apt fails when one suite is missing; what counts is whether any came.
    let names = ((try? Files.list(lists)) ?? []).filter { $0.hasSuffix("_Sources") }
    guard !names.isEmpty else { throw .notThere(reason: Self.reason(words)) }
    do throws(FileFailure) {
      try Files.write(Array("\(time(nil))\n".utf8), to: stamp)
    } catch {
      throw .file(error)
    }
    progress(.ended(summary: "package lists of \(names.count) suites"))
    return true
  }

  /// Downloads the lists and returns what apt said.
  ///
  /// apt waits for each suite of a dead mirror anew, minutes in all, so a mirror that sends nothing at first is
  /// given up.
  private func update() async throws(TreeError) -> String {
    let isAnswered = Flag()
    let command = command("apt-get", ["-q", "update"])
    let update = Task { await run(command, raising: isAnswered) }
    let watchdog = Task {
      try await Task.sleep(for: answerLimit)
      if !isAnswered.isRaised { update.cancel() }
    }
    let result = await withTaskCancellationHandler {
      await update.value
    } onCancel: {
      update.cancel()
    }
    watchdog.cancel()
    do {
      return try result.get()
    } catch {
      if case .cancelled = error, !Task.isCancelled {
        throw .notThere(reason: "its mirror did not answer within \(answerLimit.components.seconds) s")
      }
      if case .timedOut = error {
        throw .notThere(reason: "its mirror did not send the package lists in 180 s")
      }
      throw TreeError(error, writing: folder)
    }
  }

  /// Runs `apt-get update` and raises the flag at its first line that tells of something received.
  private func run(_ command: Command, raising isAnswered: Flag) async -> Result<String, CommandError> {
    var words: [UInt8] = []
    var lines = Lines()
    do throws(CommandError) {
      try await command.run(limit: .seconds(180)) { piece in
        piece.withUnsafeBytes { words.append(contentsOf: $0) }
        lines.add(piece) { line in
          if line.starts(with: "Get:".utf8) || line.starts(with: "Hit:".utf8) { isAnswered.raise() }
        }
      }
      return .success(String(decoding: words, as: UTF8.self))
    } catch {
      return .failure(error)
    }
  }

  private var lastRefresh: Int? {
    guard let text = try? Files.read(stamp) else { return nil }
    return Int(String(decoding: text.dropLast(), as: UTF8.self))
  }

  /// Returns the line of apt's `words` that tells why it failed.
  static func reason(_ words: String) -> String {
    let lines = words.split(whereSeparator: \.isNewline)
    let telling =
      lines.first { $0.hasPrefix("E: ") } ?? lines.first { $0.contains("Failed to fetch") } ?? lines.last
    return telling.map { String($0.drop { $0 != " " }.dropFirst()) } ?? "apt gave no reason"
  }

  private func sourcesText() throws(TreeError) -> String {
    let (main, security) = mirrors()
    guard !main.isEmpty || !security.isEmpty else {
      throw .notThere(reason: "apt on this machine has no Debian mirror (\(etc))")
    }
    let plain = Self.releases + ["sid"]
    let stanzas =
      main.map { stanza($0, suites: plain + Self.releases.flatMap { ["\($0)-updates", "\($0)-backports"] }) }
      + security.map { stanza($0, suites: Self.releases.map { "\($0)-security" }) }
    return stanzas.joined(separator: "\n")
  }

  /// Returns the machine's mirrors of Debian proper and of its security updates, without suites.
  private func mirrors() -> (main: [AptSource], security: [AptSource]) {
    var main: [AptSource] = []
    var security: [AptSource] = []
    for source in AptSource.configured(in: etc) where !source.uri.hasPrefix("cdrom:") {
      var mirror = source
      mirror.suites = []
      for suite in source.suites {
        let parts = suite.split(separator: "-", maxSplits: 1)
        guard let release = parts.first.map(String.init), (Self.releases + Self.aliases).contains(release)
        else { continue }
        if parts.count == 2, parts[1] == "security" {
          if !security.contains(mirror) { security.append(mirror) }
        } else {
          if !main.contains(mirror) { main.append(mirror) }
        }
      }
    }
    return (main, security)
  }

  private func stanza(_ mirror: AptSource, suites: [String]) -> String {
    var lines = [
      "Types: deb-src", "URIs: \(mirror.uri)", "Suites: \(suites.joined(separator: " "))", "Components: main",
    ]
    if !mirror.signedBy.isEmpty { lines.append("Signed-By: \(mirror.signedBy)") }
    if mirror.isTrusted { lines.append("Trusted: yes") }
    return lines.map { $0 + "\n" }.joined()
  }

  private var configurationText: String {
    // Hooks of the machine act on the machine's own state: on container images they empty its archive cache.
    let hooks = ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"].flatMap { hook in
      ["APT::Update::\(hook)", "DPkg::\(hook)"]
    }
    var text = hooks.map { "#clear \($0);\n" }.joined()
    var settings = [
      ("Dir::State", "\(folder)/"), ("Dir::State::lists", "\(lists)/"), ("Dir::State::status", "/dev/null"),
      ("Dir::Cache", "\(folder)/cache/"), ("Dir::Cache::archives", "\(folder)/cache/archives/"),
      ("Dir::Etc::sourcelist", sources.string), ("Dir::Etc::sourceparts", "-"),
      // Only indexes of sources are wanted, and plain ones are searched the fastest.
      ("Acquire::GzipIndexes", "false"), ("Acquire::Languages", "none"),
      ("Acquire::http::Timeout", "\(connectSeconds)"), ("Acquire::https::Timeout", "\(connectSeconds)"),
      ("Acquire::Retries", "1"),
    ]
    // The user that apt downloads as for root may not write where root's cache lies.
    if geteuid() == 0 { settings.append(("APT::Sandbox::User", "root")) }
    for (name, value) in settings { text += "\(name) \"\(value)\";\n" }
    return text
  }
}
