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

/// A directory with a cache folder in it, and what builds small kernels, tarballs and remotes there.
struct Fixture: Sendable {
  let directory: FilePath

  var cache: CacheFolder { CacheFolder(directory.appending("cache")) }

  /// Calls `body` with a fixture whose directory is removed afterwards, deaf to the configuration of who tests.
  static func with<Result>(_ body: (Fixture) async throws -> Result) async throws -> Result {
    _ = seal
    return try await withTemporaryDirectory { try await body(Fixture(directory: $0)) }
  }

  private static let seal: Void = {
    for (name, value) in [
      ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"),
      // Nobody here looks for a small tarball.
      ("XZ_OPT", "-0"), ("GIT_AUTHOR_NAME", "A U Thor"), ("GIT_AUTHOR_EMAIL", "author@example.com"),
      ("GIT_COMMITTER_NAME", "A U Thor"),
      ("GIT_COMMITTER_EMAIL", "author@example.com"), ("GIT_AUTHOR_DATE", "@0 +0000"),
      ("GIT_COMMITTER_DATE", "@0 +0000"), ("XIP_REBASE_ANSWER_SECONDS", "3600"),
    ] {
      setenv(name, value, 1)
    }
  }()

  func store() async throws -> Store { try await Store.cached(in: cache) }

  /// Returns the output of a shell script, run in the directory.
  @discardableResult
  func shell(_ script: String) async throws -> String {
    let output = try await Command("sh", ["-ec", script], in: directory).output()
    return String(decoding: output, as: UTF8.self).trimmingLastLineFeed
  }

  /// Writes a kernel of `version`: its makefile, and `files` with their contents.
  ///
  /// A content that starts with `->` makes a symbolic link, one that starts with `#!` a program.
  func write(_ version: Version, _ files: [String: String] = [:], in name: String? = nil) throws -> FilePath {
    let top = directory.appending(name ?? "linux-\(version)")
    try Files.remove(top)
    try Files.makeDirectory(top)
    try Files.write(Array(makefile(of: version).utf8), to: top.appending("Makefile"))
    for (path, content) in files {
      let file = top.pushing(FilePath(path))
      try Files.makeDirectory(file.removingLastComponent())
      if content.hasPrefix("->") {
        symlink(String(content.dropFirst(2)), file.string)
      } else {
        try Files.write(Array(content.utf8), to: file)
        if content.hasPrefix("#!") { chmod(file.string, 0o755) }
      }
    }
    return top
  }

  /// Packs a kernel of `version` and returns its tarball.
  func tarball(_ version: Version, _ files: [String: String] = [:], as name: String? = nil) async throws
    -> FilePath
  {
    let top = try write(version, files)
    let tarball = directory.appending(name ?? "linux-\(version).tar.xz")
    try await shell("tar --mtime=@1700000000 -cJf '\(tarball)' '\(top.lastComponent?.string ?? "")'")
    return tarball
  }

  /// Makes a git repository with a kernel of each version under its tag, each after the one before.
  func remote(_ versions: [Version], _ files: [String: String] = [:]) async throws -> FilePath {
    let top = directory.appending("remote")
    if !Files.exists(top) { try await shell("git init -q remote") }
    for version in versions {
      let makefile = Array(makefile(of: version).utf8)
      try Files.write(makefile, to: top.appending("Makefile"))
      for (path, content) in files {
        let file = top.pushing(FilePath(path))
        try Files.makeDirectory(file.removingLastComponent())
        try Files.write(Array(content.utf8), to: file)
      }
      try await shell("cd remote; git add -A; git commit -qm x; git tag -a -m x \(version.tag)")
    }
    return top
  }

  /// Returns the id of the tree that git itself makes of the files under `top`.
  func treeID(of top: FilePath) async throws -> String {
    try await shell(
      """
      export GIT_DIR=$PWD/oracle.git; git init -q --bare "$GIT_DIR"; rm -f oracle.git/index
      cd '\(top)'; GIT_WORK_TREE=. git add -A -f; git write-tree
      """)
  }

  /// Imports `tarball` as any source would.
  func importing(
    _ tarball: FilePath, as version: Version, into store: Store, progress: Progress = .silent
  ) async throws(TreeError) -> StoredTree {
    try await store.whileImporting(progress: progress) { () throws(TreeError) in
      try await store.importTarball(
        tarball, as: version,
        provenance: Provenance(
          source: "test", location: "here", file: tarball.lastComponent?.string, sha256: "00"),
        progress: progress)
    }
  }

  /// Checks that no tag, pack or scratch file is in `store` beyond what `before` lists.
  func expectUnchanged(_ store: Store, since before: String) async throws {
    #expect(try await listing(of: store) == before)
    #expect(try Files.list(store.path.appending("xip-rebase").appending("incoming")) == [])
  }

  /// Returns all files of the store but those under its lock's directory.
  func listing(of store: Store) async throws -> String {
    try await shell("cd '\(store.path)'; git for-each-ref; find . -type f ! -path './xip-rebase/*' | sort")
  }

  private func makefile(of version: Version) -> String {
    """
    # SPDX-License-Identifier: GPL-2.0
    VERSION = \(version.major)
    PATCHLEVEL = \(version.minor)
    SUBLEVEL = \(version.patch)
    EXTRAVERSION =\(version.candidate.map { " -rc\($0)" } ?? "")

    """
  }
}

extension String {
  fileprivate var trimmingLastLineFeed: String { hasSuffix("\n") ? String(dropLast()) : self }
}

/// What progress told, in order.
final class Recorder: Sendable {
  private let events = Mutex<[ProgressEvent]>([])

  var progress: Progress { Progress { [self] event in events.withLock { $0.append(event) } } }

  var notes: [String] {
    events.withLock { $0.compactMap { if case .noted(let note) = $0 { note } else { nil } } }
  }
}
