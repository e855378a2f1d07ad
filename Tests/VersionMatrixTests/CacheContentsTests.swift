import Host
import KernelTrees
import SystemPackage
import TestSupport
import Testing

@testable import VersionMatrix

#if canImport(Glibc)
  import Glibc
#endif

/// A cache folder with parts of all kinds, used on days of their own.
private struct MadeCache {
  let folder: CacheFolder

  static func with(_ body: (MadeCache) throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
      let cache = MadeCache(folder: CacheFolder(directory.appending("xip-rebase")))
      for (day, file) in [
        (9, "trees.git/objects/pack"), (2, "downloads/linux-6.1.tar.xz"), (3, "objects/gcc-little/a.o"),
        (1, "results/v6.1-gcc/vmlinux"), (5, "results/v6.2-gcc/vmlinux"), (7, "results/v6.3-gcc/vmlinux"),
        (4, "work/tree/Makefile"), (8, "judges/0/bin"), (6, "apt/lists/a"),
      ] {
        try cache.add(file, day: day)
      }
      try Files.write([], to: cache.path("downloads/lock"))
      symlink("v6.3-gcc", cache.path("results/last").string)
      try body(cache)
    }
  }

  func path(_ name: String) -> FilePath { FilePath("\(folder.path)/\(name)") }

  func add(_ file: String, day: Int) throws {
    try Files.makeDirectory(path(file).removingLastComponent())
    try Files.write(Array(repeating: 1, count: 64 << 10), to: path(file))
    // What is above it was made just now.
    var name = path(file)
    while name != folder.path {
      let times = [timespec(tv_sec: day * 86400, tv_nsec: 0), timespec(tv_sec: day * 86400, tv_nsec: 0)]
      utimensat(AT_FDCWD, name.string, times, 0)
      name.removeLastComponent()
    }
  }

  var contents: CacheContents { get throws { try CacheContents(of: folder) } }
  var names: [String] { get throws { try contents.parts.map(\.name) } }
}

@Suite struct CacheContentsTests {
  @Test func thePartsAreListedByTheirLastUse() async throws {
    try await MadeCache.with { (cache) throws in
      let parts = try cache.contents.parts
      #expect(
        parts.map(\.name) == [
          "results/v6.1-gcc", "downloads/linux-6.1.tar.xz", "objects/gcc-little", "work", "results/v6.2-gcc",
          "apt", "results/v6.3-gcc", "judges/0", "trees.git",
        ])
      #expect(parts.allSatisfy { $0.bytes >= 64 << 10 && $0.bytes < 80 << 10 && !$0.isInUse })
      #expect(parts.map { $0.lastUse / 86400 } == Array(1...9))
      #expect(Set(parts.map(\.kind)).count == 7)
    }
  }

  @Test func whatWasUsedLongestAgoGoesFirstAndNoMoreThanHasTo() async throws {
    try await MadeCache.with { (cache) throws in
      let contents = try cache.contents
      let removed = try contents.trim(to: contents.bytes - (100 << 10))
      #expect(removed.map(\.name) == ["results/v6.1-gcc", "downloads/linux-6.1.tar.xz"])
      #expect(try cache.names.count == 7)
      #expect(!Files.exists(cache.path("results/v6.1-gcc")))
      #expect(try cache.contents.trim(to: .max) == [])
    }
  }

  @Test func theStoreGoesOnlyWhenThatIsSaid() async throws {
    try await MadeCache.with { (cache) throws in
      #expect(try cache.contents.trim(to: 0).count == 8)
      #expect(try cache.names == ["trees.git"])
      #expect(try cache.contents.trim(to: 0, kinds: Set(CacheContents.Kind.allCases)).count == 1)
      #expect(try cache.names == [])
    }
  }

  @Test func whatAJobHoldsStaysAndIsMadeTheOneUsedLast() async throws {
    try await MadeCache.with { (cache) throws in
      let holds = try ["results/v6.1-gcc", "objects/gcc-little", "work"].map {
        try DirectoryHold(cache.path($0))
      }
      // What is wrong on purpose is built beside the objects it is a copy of.
      try cache.add("objects/gcc-little-head-text/a.o", day: 1)
      let inUse = try cache.contents.parts.filter(\.isInUse).map(\.name)
      #expect(
        Set(inUse) == [
          "results/v6.1-gcc", "objects/gcc-little", "objects/gcc-little-head-text", "work",
        ])
      #expect(try cache.contents.parts.last?.name != "trees.git")
      _ = try cache.contents.trim(to: 0)
      #expect(Set(try cache.names) == Set(inUse + ["trees.git"]))
      extendLifetime(holds)
    }
  }

  @Test func downloadsAreHeldByTheLockOfWhatDownloads() async throws {
    try await MadeCache.with { (cache) throws in
      guard let lock = try FileLock(cache.folder.downloadLock) else { throw CancellationError() }
      _ = try cache.contents.trim(to: 0)
      #expect(Set(try cache.names) == ["downloads/linux-6.1.tar.xz", "apt", "trees.git"])
      extendLifetime(lock)
    }
  }

  @Test func aHoldThatWaitedForATrimHoldsWhatIsThereThen() async throws {
    try await MadeCache.with { (cache) throws in
      let path = cache.path("results/v6.1-gcc")
      _ = try cache.contents.trim(to: 0)
      let hold = try DirectoryHold(path)
      #expect(Files.isDirectory(path))
      #expect(try DirectoryHold.whileUnused(path) { () throws(FileFailure) in true } == nil)
      extendLifetime(hold)
    }
  }

  @Test func resultsAreBoundButForThoseOfTheLastBuild() async throws {
    try await MadeCache.with { (cache) throws in
      try cache.add("results/v6.3-gcc/vmlinux", day: 0)
      let removed = try CacheContents.bound(cache.folder, to: 100 << 10)
      #expect(removed.map(\.name) == ["results/v6.1-gcc", "results/v6.2-gcc"])
      #expect(try CacheContents.bound(cache.folder, to: 0).map(\.name) == ["downloads/linux-6.1.tar.xz"])
      #expect(Files.exists(cache.path("results/v6.3-gcc")) && Files.exists(cache.path("work")))
    }
  }

  @Test func aFolderThatIsNotThereHasNoParts() async throws {
    let contents = try CacheContents(of: CacheFolder("/nonexistent/xip-rebase"))
    #expect(contents.parts.isEmpty && contents.bytes == 0)
  }
}
