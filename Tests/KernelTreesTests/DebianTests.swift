import Host
import SystemPackage
import Testing
import Versions

@testable import KernelTrees

private let aptIsHere = ["apt-get", "apt-cache"].allSatisfy { Command($0).resolved() != nil }

@Suite struct AptSourceTests {
  @Test func oneLineEntriesAreRead() {
    let text = """
      # deb http://old/debian bullseye main
      deb [ arch=amd64 signed-by=/k.gpg ] http://mirror/debian bookworm main contrib # ours
      deb-src http://mirror/debian-security bookworm-security main
      nonsense
      """
    #expect(
      AptSource.oneLine(text) == [
        AptSource(uri: "http://mirror/debian", suites: ["bookworm"], signedBy: "/k.gpg", isTrusted: false),
        AptSource(
          uri: "http://mirror/debian-security", suites: ["bookworm-security"], signedBy: "", isTrusted: false),
      ])
  }

  @Test func stanzasAreRead() {
    let text = """
      Types: deb
      # a comment inside
      URIs: http://one/debian http://two/debian
      Suites: bookworm bookworm-updates
      Components: main
      Signed-By:
       -----BEGIN PGP PUBLIC KEY BLOCK-----
       .
       abc

      Enabled: no
      URIs: http://off/debian
      Suites: sid
      """
    let sources = AptSource.deb822(text)
    #expect(sources.map(\.uri) == ["http://one/debian", "http://two/debian"])
    #expect(sources.first?.suites == ["bookworm", "bookworm-updates"])
    #expect(sources.first?.signedBy == "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc")
  }

  @Test func debiansVersionsTellTheKernels() {
    let upstream = { SourcePackage(version: $0).upstream }
    #expect(upstream("6.12.107-1~deb12u1") == Version(6, 12, 107))
    #expect(upstream("1:6.12-1") == Version(6, 12))
    #expect(upstream("6.13~rc7-1~exp1") == Version(6, 13, candidate: 7))
    #expect(upstream("6.12.107") == nil)
  }
}

@Suite(.enabled(if: aptIsHere, "apt is not installed")) struct DebianTests {
  private let version = Version(6, 12, 5)

  /// Makes a mirror with one suite of many, and apt's configuration that names it.
  ///
  /// As on old mirrors the package's `.dsc` is listed and gone.
  private func mirror(_ fixture: Fixture, revision: String = "1") async throws -> Debian {
    let tarball = try await fixture.tarball(version, ["noise": noise(50_000)])
    try await fixture.shell(
      """
      mkdir -p m/pool m/dists/trixie/main/source etc
      cp '\(tarball)' m/pool/linux_6.12.5.orig.tar.xz
      cat > etc/sources.list <<END
      deb [trusted=yes] copy:\(fixture.directory)/m trixie main
      deb http://elsewhere.invalid/ubuntu noble main
      END
      """)
    try await list(fixture, revision: revision)
    return Debian(cache: fixture.cache, etc: fixture.directory.appending("etc"))
  }

  private func list(_ fixture: Fixture, revision: String, sha256: String? = nil) async throws {
    try await fixture.shell(
      """
      cd m; sha=\(sha256 ?? "$(sha256sum pool/linux_6.12.5.orig.tar.xz | cut -c-64)")
      cat > dists/trixie/main/source/Sources <<END
      Package: other
      Version: 1-1

      Package: linux
      Binary: linux-doc,
       linux-source
      Version: 6.12.5-\(revision)
      Format: 3.0 (quilt)
      Directory: pool
      Files:
       0123456789abcdef0123456789abcdef 100 linux_6.12.5-\(revision).dsc
       $(md5sum pool/linux_6.12.5.orig.tar.xz | cut -c-32) $(stat -c %s pool/linux_6.12.5.orig.tar.xz) linux_6.12.5.orig.tar.xz
      Checksums-Sha256:
       $(printf '%064d' 0) 100 linux_6.12.5-\(revision).dsc
       $sha $(stat -c %s pool/linux_6.12.5.orig.tar.xz) linux_6.12.5.orig.tar.xz

      END
      cd dists/trixie; f=main/source/Sources
      printf 'Suite: stable\\nCodename: trixie\\nComponents: main\\nArchitectures: source\\nSHA256:\\n %s %s %s\\n' \
        $(sha256sum $f | cut -c-64) $(stat -c %s $f) $f > Release
      """)
  }

  private func fetch(_ version: Version, from source: Debian, _ fixture: Fixture) async throws -> StoredTree {
    let store = try await fixture.store()
    try await store.whileImporting(progress: .silent) { () throws(TreeError) in
      try await source.fetch(version, into: store, progress: .silent)
    }
    return try #require(try await store.tree(of: version))
  }

  @Test func theTarballOfASourcePackageIsImportedThoughItsDescriptionIsGone() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      let stored = try await fetch(version, from: source, fixture)
      #expect(stored.tree == (try await fixture.treeID(of: fixture.directory.appending("linux-6.12.5"))))
      #expect(stored.provenance?.source == "Debian")
      #expect(stored.verification == .signedRelease)
      #expect(stored.provenance?.location == "source package linux 6.12.5-1")
      #expect(stored.provenance?.file == "linux_6.12.5.orig.tar.xz")
      #expect(try Files.list(fixture.cache.downloads) == ["lock"])
    }
  }

  @Test func theListedVersionsAreOffered() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      #expect(try await source.versions(progress: .silent) == [version])
    }
  }

  @Test func aVersionInNoSuiteIsTold() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      let error = await #expect(throws: TreeError.self) {
        try await fetch(Version(6, 12, 6), from: source, fixture)
      }
      #expect(error?.description == "no suite of its mirror has linux 6.12.6")
    }
  }

  @Test func aTarballThatIsNotTheOneOfTheIndexIsRefused() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      try await list(fixture, revision: "1", sha256: String(repeating: "a", count: 64))
      await #expect(throws: TreeError.self) { try await fetch(version, from: source, fixture) }
      #expect(try await fixture.store().versions() == [])
    }
  }

  @Test func listsAreReadAgainOnlyWhenOldAndMissingSomething() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      #expect(try await source.versions(progress: .silent) == [version])
      try await fixture.shell(
        "sed -i 's/^Version: 6.12.5/Version: 6.12.4/' m/dists/trixie/main/source/Sources")
      try await fixture.shell(
        """
        cd m/dists/trixie; f=main/source/Sources
        printf 'Codename: trixie\\nSHA256:\\n %s %s %s\\n' $(sha256sum $f | cut -c-64) $(stat -c %s $f) $f > Release
        """)
      #expect(try await source.versions(progress: .silent) == [version])
      try Files.write(Array("1000\n".utf8), to: fixture.cache.apt.appending("refreshed"))
      #expect(try await source.versions(progress: .silent) == [Version(6, 12, 4)])
    }
  }

  @Test func aMachineWithoutADebianMirrorIsTold() async throws {
    try await Fixture.with { fixture in
      try Files.makeDirectory(fixture.directory.appending("etc"))
      let source = Debian(cache: fixture.cache, etc: fixture.directory.appending("etc"))
      let error = await #expect(throws: TreeError.self) { try await source.versions(progress: .silent) }
      #expect(error?.description.contains("no Debian mirror") == true)
    }
  }

  @Test func theMachinesHooksDoNotRun() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      _ = try await source.versions(progress: .silent)
      // The machine's settings stand first, ours after them, as in every call of apt.
      try await fixture.shell("echo 'APT::Update::Post-Invoke { \"touch /hook\"; };' > machine.conf")
      let dump = Command(
        "apt-config", ["-c", fixture.cache.apt.appending("apt.conf").string, "dump"],
        environment: ["APT_CONFIG": fixture.directory.appending("machine.conf").string])
      let settings = String(decoding: try await dump.output(), as: UTF8.self)
      #expect(settings.contains("Dir::Etc::sourceparts \"-\""))
      let hooks = settings.split(separator: "\n").filter { $0.contains("-Invoke") }
      #expect(hooks.filter { !$0.hasSuffix(" \"\";") } == [])
    }
  }
}
