import Host
import SystemPackage
import Testing
import Versions

@testable import KernelTrees

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct KernelOrgTests {
  private let version = Version(6, 12, 5)

  /// Makes a mirror with one release and its checksum list; returns the source that reads it.
  private func mirror(_ fixture: Fixture) async throws -> KernelOrg {
    let tarball = try await fixture.tarball(version, ["noise": noise(60_000)])
    try await fixture.shell(
      """
      mkdir -m 700 keys; mkdir -p pub/v5.x pub/v6.x; mv '\(tarball)' pub/v6.x; cd pub/v6.x
      printf '%s\\n\\n' '-----BEGIN PGP SIGNED MESSAGE-----' 'Hash: SHA256' > sha256sums.asc
      sha256sum linux-6.12.5.tar.xz >> sha256sums.asc; : > ../v5.x/sha256sums.asc
      """)
    return KernelOrg(
      base: "file://\(fixture.directory.appending("pub"))", cache: fixture.cache, keyring: keyring(fixture))
  }

  private func keyring(_ fixture: Fixture) -> FilePath { fixture.directory.appending("keys") }

  private func fetch(_ source: KernelOrg, _ fixture: Fixture, progress: Progress = .silent) async throws
    -> StoredTree
  {
    let store = try await fixture.store()
    try await store.whileImporting(progress: progress) { () throws(TreeError) in
      try await source.fetch(version, into: store, progress: progress)
    }
    return try #require(try await store.tree(of: version))
  }

  @Test func aTarballIsCheckedImportedAndRemoved() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      let stored = try await fetch(source, fixture)
      #expect(stored.tree == (try await fixture.treeID(of: fixture.directory.appending("linux-6.12.5"))))
      #expect(stored.provenance?.location == "\(source.base)/v6.x/linux-6.12.5.tar.xz")
      #expect(stored.provenance?.checks.first == "SHA-256 in sha256sums.asc")
      #expect(stored.verification == .nothing)
      #expect(stored.provenance?.checks.last?.hasPrefix("not the signature of sha256sums.asc") == true)
      #expect(try Files.list(fixture.cache.downloads) == ["lock"])
    }
  }

  @Test func aDownloadGoesOnWhereItStopped() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      let whole = try Files.read(fixture.directory.pushing("pub/v6.x/linux-6.12.5.tar.xz"))
      let part = fixture.cache.downloads.appending("linux-6.12.5.tar.xz.part")
      try Files.makeDirectory(fixture.cache.downloads)
      try Files.write(Array(whole.prefix(whole.count / 2)), to: part)
      // What follows the part is all that is left to read.
      try await fixture.shell(
        """
        cd pub/v6.x; head -c \(whole.count / 2) /dev/zero > other
        tail -c +\(whole.count / 2 + 1) linux-6.12.5.tar.xz >> other; mv other linux-6.12.5.tar.xz
        """)
      _ = try await fetch(source, fixture)
    }
  }

  @Test(arguments: [1, 90_000, 200])
  func aPartThatDoesNotFitIsFetchedAnew(size: Int) async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      try Files.makeDirectory(fixture.cache.downloads)
      try Files.write(
        [UInt8](repeating: 7, count: size), to: fixture.cache.downloads.appending("linux-6.12.5.tar.xz.part"))
      _ = try await fetch(source, fixture)
    }
  }

  @Test func aTarballThatItsListDoesNotKnowIsRefused() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      try await fixture.shell("printf x >> pub/v6.x/linux-6.12.5.tar.xz")
      let error = await #expect(throws: TreeError.self) { try await fetch(source, fixture) }
      guard case .wrongChecksum(file: "linux-6.12.5.tar.xz", _, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try Files.list(fixture.cache.downloads) == ["lock"])
    }
  }

  @Test func aMissingReleaseAndAMissingServerAreTold() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      let store = try await fixture.store()
      for (source, version) in [
        (source, Version(6, 12, 6)), (source, Version(7, 1)), (source, Version(6, 13, candidate: 2)),
        // Nothing listens on the discard port.
        (KernelOrg(base: "http://127.0.0.1:9", cache: fixture.cache), version),
      ] {
        let error = await #expect(throws: TreeError.self) {
          try await source.fetch(version, into: store, progress: .silent)
        }
        guard case .notThere = error else { Issue.record("\(String(describing: error))"); continue }
      }
    }
  }

  @Test func theListsAreTheVersions() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      #expect(try await source.versions(progress: .silent) == [version])
    }
  }

  @Test(.enabled(if: Command("gpg").resolved() != nil, "gpg is not installed"))
  func aSignatureIsCheckedAndABadOneRefuses() async throws {
    try await Fixture.with { fixture in
      let source = try await mirror(fixture)
      try await fixture.shell(
        """
        export GNUPGHOME=$PWD/keys
        gpg -q --batch --passphrase '' --quick-gen-key tester@example.org ed25519 2>/dev/null
        cd pub/v6.x; sha256sum linux-6.12.5.tar.xz > list; gpg -q --batch --clearsign list
        (echo 'ffff  linux-6.12.5.tar.xz'; cat list.asc) > sha256sums.asc
        """)
      let list = fixture.directory.pushing("pub/v6.x/sha256sums.asc")
      let (signature, text) = try await Signature.ofClearSigned(list, keyring: keyring(fixture))
      guard case .good(let fingerprint) = signature else { Issue.record("\(signature)"); return }
      #expect(fingerprint.count == 40)
      #expect(!String(decoding: text, as: UTF8.self).contains("ffff"))
      let stored = try await fetch(source, fixture)
      #expect(stored.provenance?.checks.last == "the signature of sha256sums.asc by \(fingerprint)")
      #expect(stored.verification == .signedChecksums)
      try await fixture.shell("cd pub/v6.x; sed -i 's/  linux-6.12.5/  linux-6.12.6/' sha256sums.asc")
      guard case .bad = try await Signature.ofClearSigned(list, keyring: keyring(fixture)).signature else {
        Issue.record("a changed list passes")
        return
      }
      let error = await #expect(throws: TreeError.self) { try await source.versions(progress: .silent) }
      guard case .badSignature = error else { Issue.record("\(String(describing: error))"); return }
      try await fixture.shell("GNUPGHOME=$PWD/keys gpgconf --kill all")
    }
  }
}
