import Host
import Synchronization
import SystemPackage
import Testing
import Versions

@testable import KernelTrees

@Suite struct TreeSourcesTests {
  private let version = Version(6, 12, 5)

  @Test func theFirstSourceThatHasTheVersionGivesIt() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let empty = StandIn(name: "empty", fixture: fixture, offers: [])
      let full = StandIn(name: "full", fixture: fixture, offers: [version])
      let stored = try await TreeSources([empty, full]).fetch(version, into: store, progress: .silent)
      #expect(stored.provenance?.source == "full")
      #expect(stored.tag == "v6.12.5")
      #expect(try await store.versions() == [version])
    }
  }

  @Test func whatIsStoredIsNotFetchedAgain() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let source = StandIn(name: "s", fixture: fixture, offers: [version])
      let first = try await TreeSources([source]).fetch(version, into: store, progress: .silent)
      let second = try await TreeSources([]).fetch(version, into: store, progress: .silent)
      #expect(first == second)
    }
  }

  @Test func aVersionThatNobodyHasIsToldWithItsNeighbours() async throws {
    try await Fixture.with { fixture in
      let source = StandIn(
        name: "mirror", fixture: fixture, offers: [Version(6, 12, 3), Version(6, 12, 4), Version(6, 12, 9)])
      let store = try await fixture.store()
      let error = await #expect(throws: TreeError.self) {
        try await TreeSources([source]).fetch(version, into: store, progress: .silent)
      }
      guard case .unavailable(version, let attempts, Version(6, 12, 4), Version(6, 12, 9)) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(attempts == [.init(source: "mirror", reason: "mirror has no v6.12.5")])
      #expect(error?.description.contains("nearest that can be had: v6.12.4 and v6.12.9") == true)
      #expect(error?.blame == .infrastructure)
    }
  }

  @Test func unattendedTheNextListedVersionIsTakenAndTold() async throws {
    try await Fixture.with { fixture in
      let old = Version(6, 12, 3)
      let source = StandIn(name: "mirror", fixture: fixture, offers: [old])
      let recorder = Recorder()
      let stored = try await TreeSources([source]).fetchFirst(
        of: [version, Version(6, 12, 4), old], into: try await fixture.store(), progress: recorder.progress)
      #expect(stored.version == old)
      #expect(recorder.notes.last == "v6.12.3 is taken in place of v6.12.5")
    }
  }

  @Test func twoRunsAtOnceImportAVersionOnce() async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      let source = StandIn(name: "s", fixture: fixture, offers: [version])
      let sources = TreeSources([source])
      async let first = sources.fetch(version, into: store, progress: .silent)
      async let second = sources.fetch(version, into: store, progress: .silent)
      let commits = [try await first.commit, try await second.commit]
      #expect(commits[0] == commits[1])
      #expect(source.fetches.withLock { $0 } == 1)
    }
  }

  @Test func twoStoresAreMadeAtOnceAsOne() async throws {
    try await Fixture.with { fixture in
      async let first = fixture.store()
      async let second = fixture.store()
      let stores = [try await first, try await second]
      #expect(stores[0] == stores[1])
      #expect(try Files.list(fixture.cache.path) == ["trees.git"])
    }
  }

  @Test func aCloneIsAStoreAndAnythingElseIsNot() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([version])
      let store = try await Store(repository: remote)
      #expect(store.path == remote.appending(".git"))
      #expect(try await store.tree(of: version)?.provenance == nil)
      try Files.makeDirectory(remote.appending("inside"))
      let error = await #expect(throws: TreeError.self) {
        try await Store(repository: remote.appending("inside"))
      }
      #expect(error?.blame == .usage)
    }
  }

  @Test func whatOneSourceCannotTellAnotherCan() async throws {
    try await Fixture.with { fixture in
      let broken = StandIn(name: "broken", fixture: fixture, offers: nil)
      let full = StandIn(name: "full", fixture: fixture, offers: [version, Version(6, 1)])
      let available = await TreeSources([broken, full]).available(in: nil, progress: .silent)
      #expect(available.versions == [Version(6, 1), version])
      #expect(available.sources[version] == ["full"])
      #expect(available.failures.map(\.source) == ["broken"])
    }
  }

  @Test func aTreeThatNobodySignedIsRefusedOnRequest() async throws {
    try await Fixture.with { fixture in
      var sources = TreeSources([StandIn(name: "full", fixture: fixture, offers: [version])])
      let store = try await fixture.store()
      sources.requiresVerified = true
      for _ in 1...2 {
        // The second time it lies in the store.
        let error = await #expect(throws: TreeError.self) {
          try await sources.fetch(version, into: store, progress: .silent)
        }
        #expect(error?.description.hasPrefix("v6.12.5, from full, has no signature that was checked") == true)
      }
      sources.requiresVerified = false
      #expect(try await sources.fetch(version, into: store, progress: .silent).verification == .nothing)
    }
  }

  @Test(.enabled(if: Command("gpg").resolved() != nil, "gpg is not installed"))
  func aSignedTagOfACloneVouchesForItsTree() async throws {
    try await Fixture.with { fixture in
      let remote = try await fixture.remote([version])
      var sources = TreeSources([])
      sources.requiresVerified = true
      let store = try await Store(repository: remote)
      await #expect(throws: TreeError.self) {
        try await sources.fetch(version, into: store, progress: .silent)
      }
      try await fixture.shell(
        """
        export GNUPGHOME=$PWD/keys
        mkdir -m 700 keys
        gpg -q --batch --passphrase '' --quick-gen-key tester@example.org ed25519 2>/dev/null
        printf '#!/bin/sh\\nGNUPGHOME=%s exec gpg "$@"\\n' "$GNUPGHOME" > gpg.sh
        chmod +x gpg.sh
        cd remote
        git config gpg.program "$PWD/../gpg.sh"
        git config user.signingkey tester@example.org
        git tag -f -s -m signed v6.12.5 v6.12.5^{commit}
        """)
      let stored = try await sources.fetch(version, into: store, progress: .silent)
      #expect(stored.verification == .signedTag && stored.provenance == nil)
    }
  }

  @Test func aNoteReadsBackAsTheProvenanceItWasWrittenFrom() {
    let provenance = Provenance(
      source: "kernel.org", location: "https://x/y", file: "f", sha256: "0a", checks: ["one: two", "three"],
      verification: .signedChecksums)
    #expect(Provenance(note: provenance.note) == provenance)
    #expect(Provenance(note: "Hello\n") == nil)
  }
}

/// A source that packs what it offers on demand.
private final class StandIn: TreeSource {
  let name: String
  let fixture: Fixture
  let offers: [Version]?
  let fetches = Mutex(0)

  init(name: String, fixture: Fixture, offers: [Version]?) {
    self.name = name
    self.fixture = fixture
    self.offers = offers
  }

  var tools: [NeededTool] { [] }

  func fetch(_ version: Version, into store: Store, progress: Progress) async throws(TreeError) {
    fetches.withLock { $0 += 1 }
    guard offers?.contains(version) == true else { throw .notThere(reason: "\(name) has no \(version.tag)") }
    guard let tarball = try? await fixture.tarball(version) else { throw .notThere(reason: "no tar") }
    _ = try await store.importTarball(
      tarball, as: version, provenance: Provenance(source: name, location: "here"), progress: progress)
  }

  func versions(progress: Progress) async throws(TreeError) -> [Version] {
    guard let offers else { throw .notThere(reason: "it does not answer") }
    return offers
  }
}
