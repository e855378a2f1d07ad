import Host
import SystemPackage
import Testing
import Versions

@testable import KernelTrees

@Suite struct GitRemotesTests {
  private let old = Version(6, 12, 4)
  private let version = Version(6, 12, 5)

  @Test func aTagIsFetchedWithoutItsHistory() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old, version])
      let sources = TreeSources([GitRemotes(remotes: ["file://\(remote)"])])
      let store = try await fixture.store()
      let stored = try await sources.fetch(version, into: store, progress: .silent)
      #expect(stored.tree == (try await fixture.shell("git -C remote rev-parse v6.12.5^{tree}")))
      #expect(stored.provenance?.location == "file://\(remote)")
      #expect(try await store.git.text("rev-list", "--count", stored.commit) == "1")
      #expect(try await store.versions() == [version])
      try await fixture.shell("git --git-dir='\(store.path)' fsck --strict")
    }
  }

  @Test func aSecondTagFetchesOnlyWhatDiffers() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old], ["a/1": "1", "b/1": "1"])
      let source = TreeSources([GitRemotes(remotes: ["file://\(remote)"])])
      let store = try await fixture.store()
      _ = try await source.fetch(old, into: store, progress: .silent)
      _ = try await fixture.remote([version], ["b/1": "2"])
      let objects = "git --git-dir='\(store.path)' cat-file --batch-all-objects --batch-check"
      let blobs = { try await fixture.shell("\(objects) | grep -c blob") }
      let before = try #require(Int(try await blobs()))
      _ = try await source.fetch(version, into: store, progress: .silent)
      // The makefile and the changed file; the note of where it came from reads as the first.
      let after = try await blobs()
      #expect(after == "\(before + 2)")
    }
  }

  @Test func aCloneWithHistoryKeepsIt() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old])
      try await fixture.shell("git clone -q '\(remote)' clone")
      _ = try await fixture.remote([version])
      let store = try await Store(repository: fixture.directory.appending("clone"))
      // The clone's own remote has it.
      let stored = try await TreeSources([GitRemotes(remotes: [])]).fetch(
        version, into: store, progress: .silent)
      #expect(try await store.git.text("rev-list", "--count", stored.commit) == "2")
      #expect(!Files.exists(store.path.appending("shallow")))
      #expect(stored.provenance?.location == "origin")
    }
  }

  @Test func aRemoteWithoutTheTagOrWithoutAnythingIsNamed() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old])
      let missing = fixture.directory.appending("missing")
      let store = try await fixture.store()
      let error = await #expect(throws: TreeError.self) {
        try await GitRemotes(remotes: [missing.string, remote.string]).fetch(
          version, into: store, progress: .silent)
      }
      let message = error?.description ?? ""
      #expect(message.contains("\(missing): ") && message.contains("\(remote) has no tag v6.12.5"))
    }
  }

  @Test func aTagOfAnotherVersionIsRefused() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old])
      try await fixture.shell("git -C remote tag -a -m x v6.12.5")
      let store = try await fixture.store()
      let error = await #expect(throws: TreeError.self) {
        try await GitRemotes(remotes: [remote.string]).fetch(version, into: store, progress: .silent)
      }
      #expect(error?.description.contains("holds Linux 6.12.4, not 6.12.5") == true)
      #expect(try await store.versions() == [])
    }
  }

  @Test func theTagsOfARemoteAreItsVersions() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old, version])
      try await fixture.shell("git -C remote tag vendor-1; git -C remote tag v6.12.5-extra")
      let versions = try await GitRemotes(remotes: [remote.string]).versions(progress: .silent)
      #expect(versions.sorted() == [old, version])
    }
  }

  @Test func gpgsStatusLinesAreJudged() {
    let good = "[GNUPG:] GOODSIG 1234 A <a@b>\n[GNUPG:] VALIDSIG ABCD 2025-01-01 0\n"
    #expect(Signature(status: good) == .good(fingerprint: "ABCD"))
    #expect(
      Signature(status: "[GNUPG:] ERRSIG 12\n[GNUPG:] NO_PUBKEY 12\n")
        == .unchecked("no key 12 in the keyring"))
    guard case .bad = Signature(status: "[GNUPG:] BADSIG 1234 A\n") else { Issue.record("not bad"); return }
    #expect(Signature(status: "error: no signature found\n") == .unchecked("no signature"))
    // Words of the signed text are no status.
    #expect(Signature(status: "GOODSIG 1234\n") == .unchecked("no signature"))
  }
}
