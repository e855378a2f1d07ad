import Host
import SystemPackage
import TestSupport
import Testing
import Versions

@testable import KernelTrees

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct WorkDirectoryTests {
  private let first = [
    "arch/mips/head.S": "1", "arch/arm/head.S": "1", "arch/arm/Kconfig": "k", "kernel/fork.c": "1",
    "kernel/exit.c": "1", "kernel/old.c": "1", "scripts/check.sh": "#!/bin/sh\n",
    "include/link.h": "->linux.h",
    "drivers/mfd/core.c": "1", "sound/core.c": "1", "sound/Makefile": "m", "README": "r",
    "drivers/base/x/y.c": "1",
  ]

  /// Calls `body` with a store that has two releases, and a work directory.
  private func withDirectory(
    _ changes: [String: String?] = ["kernel/fork.c": "22", "kernel/old.c": nil, "lib/new.c": "1"],
    _ body: (Fixture, Store, StoredTree, StoredTree, WorkDirectory) async throws -> Void
  ) async throws {
    try await Fixture.with { fixture in
      let store = try await fixture.store()
      var second = first
      for (path, content) in changes { second[path] = content }
      let (old, new) = (Version(6, 12, 5), Version(6, 12, 6))
      let one = try await fixture.importing(try await fixture.tarball(old, first), as: old, into: store)
      let two = try await fixture.importing(try await fixture.tarball(new, second), as: new, into: store)
      let directory = WorkDirectory(
        at: fixture.directory.appending("work"),
        holding: SparsePaths(["arch/mips", "kernel", "lib", "scripts", "include", "drivers/base"]))
      try await body(fixture, store, one, two, directory)
    }
  }

  @Test func itHoldsItsDirectoriesAndTheBuildFilesOfAllOthers() async throws {
    try await withDirectory { fixture, store, one, _, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      let files = try await fixture.shell("cd '\(tree)'; find . ! -type d | sort | xargs")
      #expect(
        files
          == "./Makefile ./README ./arch/arm/Kconfig ./arch/mips/head.S ./drivers/base/x/y.c ./include/link.h "
          + "./kernel/exit.c ./kernel/fork.c ./kernel/old.c ./scripts/check.sh ./sound/Makefile")
      let difference = try await fixture.shell(
        "diff -r linux-6.12.5 '\(tree)' 2>&1 | grep -v '^Only in linux' || true")
      #expect(
        difference
          == "diff: linux-6.12.5/include/link.h: No such file or directory\ndiff: \(tree)/include/link.h: No such file or directory"
      )
      #expect(
        try await fixture.shell("test -x '\(tree)/scripts/check.sh'; readlink '\(tree)/include/link.h'")
          == "linux.h")
      #expect(directory.checkedOutCommit() == one.commit)
    }
  }

  @Test func aMoveWritesOnlyWhatDiffers() async throws {
    try await withDirectory { fixture, store, one, two, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      let times = "cd '\(tree)'; stat -c '%n %i %y' kernel/exit.c arch/mips/head.S README"
      let before = try await fixture.shell(times)
      try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
      #expect(try await fixture.shell(times) == before)
      #expect(
        try await fixture.shell("cd '\(tree)'; cat kernel/fork.c lib/new.c; ls kernel | xargs")
          == "221exit.c fork.c")
      try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      #expect(try await fixture.shell(times) == before)
      #expect(
        try await fixture.shell("cd '\(tree)'; ls . kernel | xargs; cat kernel/old.c").hasSuffix(
          "exit.c fork.c old.c\n1"))
      #expect(!Files.exists(tree.appending("lib")))
    }
  }

  @Test func aFileMayTakeThePlaceOfADirectory() async throws {
    try await withDirectory(["lib": "file", "kernel/exit.c": nil, "kernel/exit.c/inside": "2"]) {
      fixture, store, one, two, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
      #expect(try await fixture.shell("cd '\(tree)'; cat lib kernel/exit.c/inside") == "file2")
      try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      #expect(try await fixture.shell("cd '\(tree)'; cat kernel/exit.c") == "1")
    }
  }

  @Test func whatWasChangedByHandIsPutRight() async throws {
    try await withDirectory { fixture, store, one, _, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      let oracle = "cd '\(tree)'; find . -type f | sort | xargs sha256sum; find . | sort"
      let before = try await fixture.shell(oracle)
      try await fixture.shell(
        """
        cd '\(tree)'; echo more >> kernel/exit.c; rm kernel/fork.c; mkdir -p mine/own; touch mine/own/file.o
        touch -r README time; echo x > README; touch -r time README; rm -r arch/mips; ln -s /tmp arch/mips
        rm include/link.h; mkdir include/link.h; touch include/link.h/a; git init -q nested; touch nested/b
        """)
      try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      #expect(try await fixture.shell(oracle) == before)
    }
  }

  @Test func aKilledMoveIsFinishedByTheNext() async throws {
    try await withDirectory { fixture, store, one, two, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      // As a kill leaves it: a lock, some files of the new commit, one of them cut short, and no state.
      try await fixture.shell(
        """
        cd work; touch index.git/index.lock; rm state; printf 2 > tree/kernel/fork.c; mkdir tree/lib
        printf 1 > tree/lib/new.c; rm tree/kernel/old.c
        """)
      #expect(directory.checkedOutCommit() == nil)
      try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
      #expect(
        try await fixture.shell("cd '\(tree)'; cat kernel/fork.c lib/new.c; ls kernel | xargs")
          == "221exit.c fork.c")
      #expect(directory.checkedOutCommit() == two.commit)
    }
  }

  @Test func anIndexThatCannotBeReadIsMadeAnew() async throws {
    try await withDirectory { fixture, store, one, two, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      try Files.write(Array("nonsense".utf8), to: directory.path.appending("index.git").appending("index"))
      try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
      #expect(
        try await fixture.shell("cd '\(tree)'; cat kernel/fork.c; ls kernel | xargs") == "22exit.c fork.c")
    }
  }

  @Test func wideningBringsTheDirectoryThatABuildMissed() async throws {
    try await withDirectory { fixture, store, one, two, directory in
      let tree = try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      #expect(try await directory.widen("drivers/mfd/core.o", from: store, progress: .silent))
      #expect(Files.exists(tree.appending("drivers").appending("mfd").appending("core.c")))
      // There by now, or never there: the build has another complaint.
      #expect(try await !directory.widen("drivers/mfd/core.o", from: store, progress: .silent))
      #expect(try await !directory.widen("nowhere/x.o", from: store, progress: .silent))
      #expect(try await !directory.widen("../x.o", from: store, progress: .silent))
      try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
      #expect(Files.exists(tree.appending("drivers").appending("mfd").appending("core.c")))
      #expect(!Files.exists(tree.appending("sound").appending("core.c")))
    }
  }

  @Test func aCommitThatIsNotThereIsNamedAndNothingTouched() async throws {
    try await withDirectory { _, store, one, _, directory in
      try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
      let missing = String(repeating: "1", count: 40)
      let error = await #expect(throws: TreeError.self) {
        try await directory.checkOut(commit: missing, from: store, progress: .silent)
      }
      #expect(error?.description.contains(missing) == true)
      #expect(directory.checkedOutCommit() == one.commit)
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
  func aFullDiskIsToldAsThatAndTheNextMoveGoesOn() async throws {
    try await withDirectory(["kernel/big.c": noise(600_000)]) { fixture, store, one, two, _ in
      let small = fixture.directory.appending("small")
      try await SmallDisk.with(at: small) {
        let directory = WorkDirectory(at: small.appending("work"))
        let other = small.appending("other")
        try Files.write([UInt8](repeating: 1, count: 600_000), to: other)
        try await directory.checkOut(commit: one.commit, from: store, progress: .silent)
        let error = await #expect(throws: TreeError.self) {
          try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
        }
        guard case .file(let failure) = error, failure.reason == .noSpace else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(directory.checkedOutCommit() == nil)
        try Files.remove(other)
        try await directory.checkOut(commit: two.commit, from: store, progress: .silent)
        #expect(fileSize(directory.tree.pushing("kernel/big.c")) == 600_000)
      }
    }
  }
}
