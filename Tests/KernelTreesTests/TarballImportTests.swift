import Host
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Versions

@testable import KernelTrees

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct TarballImportTests {
  private let version = Version(6, 12, 5)

  @Test func aTarballBecomesTheTreeThatGitMakesOfItsFiles() async throws {
    try await Fixture.with { fixture in
      let tarball = try await fixture.tarball(
        version,
        [
          "scripts/run.sh": "#!/bin/sh\n", "include/link.h": "->../Makefile", "empty": "",
          "a name/with \"quotes\"": "q", "a\nline": "l", "\"start": "s",
          "big": String(repeating: "x", count: 3_000_000),
          String(repeating: "long/", count: 40) + "path": "p",
        ])
      try await fixture.shell("printf latin > \"$(printf 'linux-6.12.5/M\\374nster')\"")
      try await fixture.shell(
        "ln linux-6.12.5/big linux-6.12.5/hard; tar --mtime=@1700000000 -cJf '\(tarball)' linux-6.12.5")
      let store = try await fixture.store()
      let stored = try await fixture.importing(tarball, as: version, into: store)
      #expect(stored.tree == (try await fixture.treeID(of: fixture.directory.appending("linux-6.12.5"))))
      try await fixture.shell("git --git-dir='\(store.path)' fsck --strict")
    }
  }

  @Test func theSameTarballGivesTheSameCommitInAnotherStore() async throws {
    try await Fixture.with { fixture in
      let tarball = try await fixture.tarball(version, ["a": "1"])
      let first = try await fixture.importing(tarball, as: version, into: try await fixture.store())
      try Files.remove(fixture.cache.path)
      let second = try await fixture.importing(tarball, as: version, into: try await fixture.store())
      #expect(first.commit == second.commit)
      #expect(second.provenance?.file == "linux-6.12.5.tar.xz")
      let commit = try await fixture.store().git.text("cat-file", "commit", first.commit)
      #expect(commit.contains("SHA-256: 00") && commit.contains("1700000000 +0000"))
    }
  }

  @Test func aNeighbourAddsOnlyTheObjectsThatAreNew() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let files = ["a/1": "1", "a/2": "2", "b/1": "1", "c/d/e": "e"]
      _ = try await fixture.importing(try await fixture.tarball(version, files), as: version, into: store)
      let count = "git --git-dir='\(store.path)' count-objects -v | sed -n 's/in-pack: //p'"
      let before = try #require(Int(try await fixture.shell(count)))
      let next = Version(6, 12, 6)
      let changed = try await fixture.tarball(next, files.merging(["b/1": "changed"]) { $1 })
      _ = try await fixture.importing(changed, as: next, into: store)
      // The commit, the top tree, the makefile, and the changed file with its directory.
      #expect(try await fixture.shell(count) == "\(before + 5)")
    }
  }

  @Test(arguments: [0, 1, 300, 700])
  func aTruncatedTarballLeavesNothing(kept permille: Int) async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = try await fixture.tarball(version, ["noise": noise(100_000)])
      let whole = try Files.read(tarball)
      try Files.write(Array(whole.prefix(whole.count * permille / 1000)), to: tarball)
      let error = await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      guard case .brokenTarball = error else { Issue.record("\(String(describing: error))"); return }
      try await fixture.expectUnchanged(store, since: before)
    }
  }

  @Test func aTarballWithoutItsLastBytesIsTruncated() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let tarball = try await fixture.tarball(version)
      try Files.write(Array(try Files.read(tarball).dropLast(8)), to: tarball)
      await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      #expect(try await store.versions() == [])
    }
  }

  @Test func aFlippedBitIsFound() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = try await fixture.tarball(version, ["noise": noise(100_000)])
      var bytes = try Files.read(tarball)
      bytes[bytes.count / 2] ^= 1
      try Files.write(bytes, to: tarball)
      await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      try await fixture.expectUnchanged(store, since: before)
    }
  }

  @Test(arguments: [
    "linux-6.12.5/../evil", "/etc/evil", "linux-6.12.5/.git/config", "linux-6.12.5/a/.GIT/x", "other/file",
    "../evil", "file",
  ])
  func aMemberOutsideTheTreeIsRefused(name: String) async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = fixture.directory.appending("evil.tar")
      let makefile = tarMember("linux-6.12.5/Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 5\n")
      try Files.write(makefile + tarMember(name, "x") + tarEnd, to: tarball)
      let error = await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      guard case .refusedMember(_, let member, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(member == name)
      try await fixture.expectUnchanged(store, since: before)
    }
  }

  @Test func aDeviceIsRefused() async throws {
    try await Fixture.with { fixture in
      let tarball = fixture.directory.appending("device.tar")
      try Files.write(tarMember("linux-6.12.5/null", "", type: "3") + tarEnd, to: tarball)
      let store = try await fixture.store()
      let error = await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      guard case .refusedMember = error else { Issue.record("\(String(describing: error))"); return }
    }
  }

  @Test(arguments: ["/etc/passwd", "../../x", "a/../../../x", "..//../x"])
  func aLinkThatLeadsOutOfTheTreeIsRefused(target: String) async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = fixture.directory.appending("link.tar")
      let link = tarMember("linux-6.12.5/a/link", "", type: "2", link: target)
      try Files.write(link + tarEnd, to: tarball)
      let error = await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      guard case .refusedMember(_, "linux-6.12.5/a/link", let reason) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(reason.hasSuffix("leads out of the tree"))
      try await fixture.expectUnchanged(store, since: before)
    }
  }

  @Test(arguments: [("big", UInt64(9) << 30), ("Makefile", 5 << 20), ("huge", UInt64(Int64.max))])
  func aMemberThatSaysItIsHugeIsRefusedBeforeItIsRead(name: String, size: UInt64) async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = fixture.directory.appending("bomb.tar")
      try Files.write(tarMember("linux-6.12.5/\(name)", "x", size: size) + tarEnd, to: tarball)
      let error = await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      switch error {
      case .refusedMember, .brokenTarball: break
      default: Issue.record("\(String(describing: error))")
      }
      try await fixture.expectUnchanged(store, since: before)
    }
  }

  @Test func aTarballOfAnotherVersionIsRefused() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = try await fixture.tarball(Version(6, 12, 6))
      let error = await #expect(throws: TreeError.self) {
        try await fixture.importing(tarball, as: version, into: store)
      }
      guard case .otherVersion(_, _, "6.12.6") = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try await fixture.expectUnchanged(store, since: before)
    }
  }

  @Test func anInterruptedImportLeavesNothing() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let before = try await fixture.listing(of: store)
      let tarball = try await fixture.tarball(version, ["a": noise(100_000), "b": noise(100_000)])
      let running = Mutex<Task<Result<StoredTree, TreeError>, Never>?>(nil)
      let begun = AsyncStream<Void>.makeStream()
      let task = Task { () -> Result<StoredTree, TreeError> in
        for await _ in begun.stream { break }
        do throws(TreeError) {
          let stored = try await fixture.importing(
            tarball, as: version, into: store,
            progress: Progress { event in
              if case .advanced = event { running.withLock { $0 }?.cancel() }
            })
          return .success(stored)
        } catch {
          return .failure(error)
        }
      }
      running.withLock { $0 = task }
      begun.continuation.yield()
      let result = await task.value
      #expect(throws: TreeError.self) { try result.get() }
      if case .failure(let error) = result { #expect(error.blame == .interruption) }
      try await fixture.expectUnchanged(store, since: before)
      #expect(try await fixture.importing(tarball, as: version, into: store).version == version)
    }
  }

  @Test func whatAKilledRunLeftIsRemoved() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let leftovers = [
        store.incoming.appending("1-1").appending("objects"),
        store.path.appending("objects").appending("pack").appending("tmp_pack_x"),
        store.path.appending("shallow.lock"),
      ]
      for path in leftovers { try Files.makeDirectory(path) }
      _ = try await fixture.importing(try await fixture.tarball(version), as: version, into: store)
      for path in leftovers { #expect(!Files.exists(path)) }
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
  func aFullDiskIsToldAsThatAndLeavesNothing() async throws {
    try await Fixture.with { fixture in
      let tarball = try await fixture.tarball(version, ["noise": noise(1_500_000)])
      try await SmallDisk.with(at: fixture.cache.path) {
        let store = try await fixture.store()
        let before = try await fixture.listing(of: store)
        let error = await #expect(throws: TreeError.self) {
          try await fixture.importing(tarball, as: version, into: store)
        }
        guard case .file(let failure) = error, failure.reason == .noSpace else {
          Issue.record("\(String(describing: error))")
          return
        }
        try await fixture.expectUnchanged(store, since: before)
        let small = try await fixture.tarball(version, ["a": "1"])
        #expect(try await fixture.importing(small, as: version, into: store).version == version)
      }
    }
  }

  @Test func theMakefileTellsTheVersion() {
    let text = { (sublevel: Int, extra: String) in
      Array(
        "# x\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = \(sublevel)\nEXTRAVERSION =\(extra)\nNAME = Baby\n"
          .utf8)
    }
    #expect(Version(makefile: text(38, "")) == Version(6, 12, 38))
    #expect(Version(makefile: text(0, "")) == Version(6, 12))
    #expect(Version(makefile: text(0, " -rc7")) == Version(6, 12, candidate: 7))
    #expect(Version(makefile: Array("all:\n".utf8)) == nil)
  }
}

/// Returns printable text that no compressor shortens by much.
func noise(_ count: Int) -> String {
  var state: UInt64 = 88_172_645_463_325_252
  return String(
    decoding: (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(33 + state % 94)
    }, as: UTF8.self)
}

/// Returns one member of a tar archive in the ustar format.
private func tarMember(
  _ name: String, _ content: String, type: Character = "0", link: String = "", size: UInt64? = nil
) -> [UInt8] {
  var header = [UInt8](repeating: 0, count: 512)
  func put(_ text: String, at offset: Int) {
    header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
  }
  func octal(_ number: Int, _ digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
  put(name, at: 0)
  put("0000644\0" + "0000000\0" + "0000000\0", at: 100)
  put(octal(content.utf8.count, 11) + "\0" + octal(1_700_000_000, 11) + "\0        \(type)", at: 124)
  put(link, at: 157)
  put("ustar\u{0}00", at: 257)
  if let size {
    // GNU tar's form for what eleven octal digits do not hold: the highest bit, then the number in base 256.
    let bytes = withUnsafeBytes(of: size.bigEndian) { Array($0) }
    header.replaceSubrange(124..<136, with: [0x80, 0, 0, 0] + bytes)
  }
  put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0", at: 148)
  let padding = (512 - content.utf8.count % 512) % 512
  return header + Array(content.utf8) + [UInt8](repeating: 0, count: padding)
}

private let tarEnd = [UInt8](repeating: 0, count: 1024)
