import Host
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What is confined, tried from inside.
///
/// Containers may forbid it; the tool then says so, and there is nothing to try.
@Suite struct ConfinementTests {
  private func confined(_ script: String, writable: [FilePath]) async throws -> Command.Completion? {
    let confinement = await Confinement.find()
    guard case .bubblewrap = confinement else { return nil }
    return try await confinement.applied(
      to: Command("sh", ["-c", script], inheriting: Command.impersonal), writable: writable
    ).completion()
  }

  @Test func onlyTheGivenDirectoryIsWritable() async throws {
    try await withTemporaryDirectory { directory in
      let (own, other) = (directory.appending("own"), directory.appending("other"))
      try Files.makeDirectory(own)
      try Files.makeDirectory(other)
      let script = "echo x > \(own)/file; echo x > \(other)/file"
      guard let completion = try await confined(script, writable: [own]) else { return }
      #expect(!completion.status.isSuccess)
      #expect(Files.exists(own.appending("file")))
      #expect(!Files.exists(other.appending("file")))
      // The control: without it the other directory is written to.
      try await Command("sh", ["-c", script]).run { _ in }
      #expect(Files.exists(other.appending("file")))
    }
  }

  @Test func aLinkToTheDirectoryWillDo() async throws {
    try await withTemporaryDirectory { directory in
      let link = directory.appending("link")
      try Files.makeDirectory(directory.appending("real"))
      #expect(symlink("real", link.string) == 0)
      guard let completion = try await confined("echo x > \(link)/file", writable: [link]) else { return }
      #expect(completion.status.isSuccess)
      #expect(Files.exists(directory.appending("real").appending("file")))
    }
  }

  @Test func thereIsNoNetwork() async throws {
    guard let completion = try await confined("cat /proc/net/dev", writable: []) else { return }
    let interfaces = String(decoding: completion.output, as: UTF8.self).split(separator: "\n")
      .filter { $0.contains(":") }
    #expect(interfaces.count == 1 && interfaces[0].contains("lo:"))
  }

  @Test func temporaryFilesGoElsewhere() async throws {
    guard let completion = try await confined("mktemp", writable: []) else { return }
    let path = String(decoding: completion.output, as: UTF8.self).split(separator: "\n").first ?? ""
    #expect(path.hasPrefix("/dev/shm/"))
    #expect(!Files.exists(FilePath(String(path))))
  }

  @Test func aMissingProgramIsLeftToBeNamed() async throws {
    let command = Confinement.bubblewrap("/usr/bin/bwrap").applied(
      to: Command("no-such-program"), writable: [])
    #expect(command.arguments.suffix(2) == ["--", "no-such-program"])
  }

  @Test func whatForbidsItIsToldInItsOwnWords() async throws {
    try await withTemporaryDirectory { directory in
      let program = directory.appending("bwrap")
      try Files.write(
        Array(
          "#!/bin/sh\necho first >&2; echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n".utf8
        ),
        to: program, mode: [.ownerReadWriteExecute])
      #expect(
        await Confinement.find(program.string)
          == .none(reason: "bwrap: No permissions to create new namespace"))
      #expect(
        await Confinement.find("no-such-bwrap") == .none(reason: "no-such-bwrap is not installed"))
    }
  }

  /// A program that leaves its group and ignores every request to end would outlive it otherwise.
  @Test func nothingThatItStartedIsLeft() async throws {
    try await withTemporaryDirectory { directory in
      let confinement = await Confinement.find()
      guard case .bubblewrap = confinement else { return }
      let marker = directory.appending("ready")
      // In there the process has another number; its argument is found from outside.
      let name = "\(getpid())\(directory.lastComponent?.string ?? "")"
      let stray = "trap '' TERM HUP; : > \(marker); while :; do sleep 1; done"
      let script = "setsid sh -c \(shellQuoted(stray)) \(shellQuoted(name)) & trap '' TERM; wait"
      let task = Task {
        try await confinement.applied(to: Command("sh", ["-c", script]), writable: [directory]).run { _ in }
      }
      try await untilThere(marker)
      task.cancel()
      await #expect(throws: CommandError.self) { try await task.value }
      try await until("the end of the stray") { try await !runs(name) }
    }
  }

  private func runs(_ name: String) async throws -> Bool {
    for process in try Files.list("/proc") where process.allSatisfy(\.isNumber) {
      guard let line = try? Files.read(FilePath("/proc/\(process)/cmdline")) else { continue }
      let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      if words.first == "sh", words.last == name { return true }
    }
    return false
  }
}

@Test func aProgramInheritsNoMoreThanItIsToldTo() async throws {
  let all = names(try await Command("env").output())
  let few = names(try await Command("env", environment: ["LC_ALL": "C"], inheriting: ["PATH"]).output())
  // The shell that watches over it adds some of its own.
  #expect(few.subtracting(["PWD", "_", "SHLVL", "OLDPWD"]) == ["PATH", "LC_ALL"])
  #expect(all.contains("HOME"))
}

private func names(_ environment: [UInt8]) -> Set<String> {
  Set(
    String(decoding: environment, as: UTF8.self).split(separator: "\n").map {
      String($0.prefix { $0 != "=" })
    })
}
