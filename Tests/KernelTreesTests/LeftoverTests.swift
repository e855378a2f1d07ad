import Host
import SystemPackage
import TestSupport
import Testing
import Versions

@testable import KernelTrees

/// What a killed run leaves in the cache is in nobody's way, and goes.
@Suite struct LeftoverTests {
  private let old = Version(6, 12, 4)
  private let version = Version(6, 12, 5)

  @Test func locksAndHalvesOfGitAreSwept() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old, version])
      let sources = TreeSources([GitRemotes(remotes: ["file://\(remote)"])])
      let store = try await fixture.store()
      _ = try await sources.fetch(old, into: store, progress: .silent)
      let left = [
        "refs/tags/v6.12.5.lock", "refs/notes/xip-rebase.lock", "refs/xip-rebase/incoming.lock",
        "packed-refs.lock",
        "shallow.lock", "objects/00/tmp_obj_abcdef", "objects/pack/tmp_pack_abcdef",
      ]
      for name in left {
        let file = store.path.pushing(FilePath(name))
        try Files.makeDirectory(file.removingLastComponent())
        try Files.write([0], to: file)
      }
      let commit = try #require(try await store.tree(of: old)).commit
      try await store.git("update-ref", "refs/xip-rebase/other", commit)
      _ = try await sources.fetch(version, into: store, progress: .silent)
      for name in left { #expect(!Files.exists(store.path.pushing(FilePath(name))), "\(name)") }
      #expect(try await store.git.text("rev-parse", "refs/xip-rebase/other") == commit)
    }
  }

  @Test func aRepositoryThatWasNotFinishedIsMadeAnew() async throws {
    try await Fixture.with { fixture in
      let beside = fixture.cache.store.withSuffix(".new")
      try Files.makeDirectory(beside.appending("HEAD"))
      let store = try await fixture.store()
      #expect(try await store.versions() == [])
      #expect(!Files.exists(beside))
    }
  }

  /// Until version and signature were checked a tag does not count.
  @Test func aTagThatOnlyArrivedIsNoTree() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([old])
      try await fixture.shell("git -C remote tag -a -m x v6.12.5")
      let store = try await fixture.store()
      let source = TreeSources([GitRemotes(remotes: ["file://\(remote)"])])
      await #expect(throws: TreeError.self) {
        _ = try await source.fetch(version, into: store, progress: .silent)
      }
      #expect(try await store.git.text("for-each-ref") == "")
      // As a run leaves it that was killed before its checks.
      try await store.git(
        "fetch", "-q", "--no-tags", "file://\(remote)", "refs/tags/v6.12.5:\(Store.arrival)")
      #expect(try await store.tree(of: version) == nil)
      _ = try await source.fetch(old, into: store, progress: .silent)
      #expect(try await store.git.text("for-each-ref", "--format=%(refname)", Store.arrival) == "")
      #expect(try await store.versions() == [old])
    }
  }
}
