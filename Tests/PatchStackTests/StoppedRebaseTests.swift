import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

extension Stack {
  var folder: FilePath { directory.removingLastComponent().appending("work") }

  func begin(onto tag: String = "target") throws -> RebaseResult {
    try StoppedRebase.begin(
      try Series.load(directory), onto: tag, repository: git.path, branch: "refs/heads/out", folder: folder)
  }

  func settle(_ file: String, _ content: String?) throws {
    let path = folder.appending(file)
    if let content { try Files.write(Array(content.utf8), to: path) } else { try Files.remove(path) }
  }
}

@Suite struct StoppedRebases {
  /// Calls `body` with two patches of which the first conflicts with the target at line 10 of `f`.
  private func withConflict(_ body: (Stack) async throws -> Void) async throws {
    try await Stack.with(["f": numbered(20), "g": "g\n"]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ours\n"])])
      try await stack.patch("two", ["g": "G\n"])
      try await stack.target(["f": numbered(20, [10: "theirs\n"])])
      try await body(stack)
    }
  }

  @Test func theFolderHoldsOnlyTheFilesOfTheConflict() async throws {
    try await withConflict { stack in
      let result = try stack.begin()
      #expect(result.patches.map(\.outcome) == [.conflict, .unchanged])
      let stopped = try #require(try StoppedRebase(in: stack.folder))
      #expect(stopped.files == [stack.folder.appending("one").appending("f")])
      #expect(stopped.result == result)
      #expect(
        String(decoding: try Files.read(stopped.files[0]), as: UTF8.self)
          == numbered(
            20,
            [10: "<<<<<<< target\ntheirs\n||||||| base\nline 10\n=======\nours\n>>>>>>> one\n"]))
    }
  }

  @Test func goingOnAfterTheConflictIsSettled() async throws {
    try await withConflict { stack in
      _ = try stack.begin()
      try stack.settle("one/f", numbered(20, [10: "both\n"]))
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      let result = try stopped.proceed()
      #expect(result.patches.map(\.outcome) == [.resolved, .unchanged])
      #expect(try await stack.content(of: "f") == numbered(20, [10: "both\n"]))
      #expect(try await stack.git.git("log", ["--format=%s", "target..out"]) == "tip-two\ntip-one")
      #expect(!Files.exists(stack.folder))
      #expect(try StoppedRebase(in: stack.folder) == nil)
    }
  }

  @Test func aMarkerThatIsLeftIsRefusedByLine() async throws {
    try await withConflict { stack in
      _ = try stack.begin()
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      let error = #expect(throws: PatchStackError.self) { _ = try stopped.proceed() }
      #expect(error?.description.contains("work/one/f:10: a conflict marker is left") == true)
      try stack.settle("one/f", numbered(20, [10: "both\n>>>>>>> one\n"]))
      #expect(throws: PatchStackError.self) { _ = try stopped.proceed() }
      #expect(try await stack.git.git("branch", ["--list", "out"]) == "")
    }
  }

  @Test func aPatchIsLeftOut() async throws {
    try await withConflict { stack in
      _ = try stack.begin()
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      let result = try stopped.skip()
      #expect(
        result.patches.first == PatchResult(name: "one", outcome: .conflict, detail: "left out of target"))
      #expect(try await stack.git.git("log", ["--format=%s", "target..out"]) == "tip-two")
      #expect(try await stack.content(of: "f") == numbered(20, [10: "theirs\n"]))
    }
  }

  @Test func givingUpLeavesEverythingAsItWas() async throws {
    try await withConflict { stack in
      let listing = {
        try await Command("find", [stack.git.path.string, stack.directory.string, "-printf", "%p %s %T@\n"])
          .output()
      }
      let before = try await listing()
      _ = try stack.begin()
      try stack.settle("one/f", "half done\n")
      try #require(try StoppedRebase(in: stack.folder)).abort()
      #expect(!Files.exists(stack.folder))
      #expect(try await listing() == before)
    }
  }

  @Test func aSecondRunIsTurnedAway() async throws {
    try await withConflict { stack in
      _ = try stack.begin()
      let waiting = #expect(throws: PatchStackError.self) { _ = try stack.begin() }
      #expect(waiting?.description.contains("a rebase waits here") == true)
      var late = try #require(try StoppedRebase(in: stack.folder))
      try #require(try StoppedRebase(in: stack.folder)).abort()
      let over = #expect(throws: PatchStackError.self) { _ = try late.proceed() }
      #expect(over?.description.contains("nothing waits here any more") == true)
    }
  }

  @Test func aRunThatDiedBeforeTheBranchMovedIsRunAgain() async throws {
    try await withConflict { stack in
      try await stack.target(["g": "g\n"], tag: "clean")
      // The objects were written, the reference was not.
      var rebaser = try Rebaser(try Series.load(stack.directory), repository: stack.git.path)
      let first = try rebaser.rebase(onto: "clean")
      try Files.makeDirectory(stack.git.path.appending(".git/refs/heads"))
      try Files.write([], to: stack.git.path.appending(".git/refs/heads/out.lock"))
      #expect(throws: PatchStackError.self) { try rebaser.write(first, to: "refs/heads/out") }
      #expect(try await stack.git.git("branch", ["--list", "out"]) == "")
      try Files.remove(stack.git.path.appending(".git/refs/heads/out.lock"))
      #expect(try stack.write(onto: "clean") == first)
      #expect(try await stack.git.git("rev-parse", ["out"]) == first.commit.map { "\($0)" })
    }
  }

  @Test func aWholeFileIsDecidedByWritingOrRemovingIt() async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"]), "g": nil])
      try await stack.target(["f": nil, "g": numbered(20, [5: "five\n"])])
      _ = try stack.begin()
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      #expect(throws: PatchStackError.self) { _ = try stopped.proceed() }
      // f was deleted upstream and is kept in a new form; g is deleted as the patch wants it.
      try stack.settle("one/f", "kept\n")
      try stack.settle("one/g.target", nil)
      #expect(try stopped.proceed().isClean)
      #expect(try await stack.git.git("ls-tree", ["--name-only", "out"]) == "f")
      #expect(try await stack.content(of: "f") == "kept\n")
    }
  }

  @Test func aPathThatIsNotUTF8IsSettledUnderItsOwnName() async throws {
    try await Stack.with(["x": "x\n"]) { stack in
      let git = stack.git
      let script = { (tag: String, line: String) in
        """
        printf '%s\\n' 1 2 3 4 \(line) 6 7 8 | git hash-object -w --stdin > id
        git read-tree base && name=$(printf 'gr\\374n')
        git update-index --add --cacheinfo "100644,$(cat id),$name"
        git tag -f \(tag) $(git commit-tree -p base -m \(tag) $(git write-tree))
        """
      }
      for (tag, line) in [("theirs", "ours"), ("target", "theirs"), ("base", "5")] {
        _ = try await Command(
          "sh", ["-ec", script(tag, line)], environment: GitFixture.sealed(home: stack.directory),
          in: git.path
        ).output()
      }
      let patch = try await Command("git", ["diff", "base", "theirs"], in: git.path).output()
      try stack.list("one", "")
      try Files.write(patch, to: stack.directory.appending("one"))
      _ = try stack.begin()
      let stopped = try #require(try StoppedRebase(in: stack.folder))
      let file = try #require(stopped.files.first)
      #expect(Files.exists(file))
      let listed = try await Command("ls", [stack.folder.appending("one").string]).output()
      #expect(listed == Array("gr".utf8) + [0xfc] + Array("n\n".utf8))
      #expect(try !stopped.isSettled(file))
      try Files.write(Array("both\n".utf8), to: file)
      #expect(try stopped.isSettled(file))
      var going = stopped
      #expect(try going.proceed().isClean)
      let names = try await Command("git", ["ls-tree", "-z", "--name-only", "out"], in: git.path).output()
      #expect(names.contains(0xfc))
      #expect(try await git.git("grep", ["-c", "both", "out"]).hasSuffix(":1"))
    }
  }

  @Test func whatWasDecidedOfWholeFilesAndPatchesIsRemembered() async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(20), "h": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"]), "g": nil])
      try await stack.patch("two", ["h": numbered(20, [10: "ten\n"])])
      let files = ["f": nil, "g": numbered(20, [5: "five\n"]), "h": numbered(20, [10: "x\n"])]
      try await stack.target(files)
      _ = try stack.begin()
      try stack.settle("one/f", "kept\n")
      try stack.settle("one/g", nil)
      try stack.settle("one/g.target", nil)
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      let result = try stopped.skip("two")
      #expect(result.isClean)
      let again = try stack.rebase()
      #expect(again.commit == result.commit)
      #expect(again.patches.map(\.outcome) == [.resolved, .conflict])
      #expect(again.resolutions.count == 3 && again.resolutions == result.resolutions)
      let kept = try Series.load(stack.directory).resolutions
      #expect(Set(kept.all.compactMap(\.madeFor)) == ["one f target", "one g target", "two target"])
      // Of another target, or another file, nothing is known.
      try await stack.target(files.merging(["i": "i\n"]) { $1 }, tag: "next")
      #expect(try stack.rebase(onto: "next").conflicts.map(\.patch) == ["two"])
      try await stack.target(["f": nil, "g": numbered(20, [6: "six\n"])], tag: "other")
      #expect(try stack.rebase(onto: "other").conflicts.map(\.path) == ["g"])
      for id in again.resolutions { try kept.forget(id) }
      #expect(try stack.rebase().conflicts.count == 3)
    }
  }

  @Test func aConflictBehindTheSettledOneJoinsIt() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.patch("two", ["f": numbered(20, [10: "TEN\n"])])
      try await stack.target(["f": numbered(20, [10: "x\n"])])
      #expect(try stack.begin().conflicts.map(\.patch) == ["one"])
      try stack.settle("one/f", numbered(20, [10: "ten x\n"]))
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      #expect(try stopped.proceed().conflicts.map(\.patch) == ["two"])
      try stack.settle("two/f", numbered(20, [10: "TEN X\n"]))
      #expect(try stopped.proceed().patches.map(\.outcome) == [.resolved, .resolved])
      #expect(try await stack.content(of: "f") == numbered(20, [10: "TEN X\n"]))
    }
  }
}

@Suite struct ReusedResolutions {
  /// Calls `body` after a conflict at line 10 of `f` was settled for the tag `first`.
  private func withResolution(_ body: (Stack) async throws -> Void) async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ours\n"])])
      try await stack.target(["f": numbered(40, [10: "theirs\n"])], tag: "first")
      _ = try stack.begin(onto: "first")
      try stack.settle("one/f", numbered(40, [10: "both\n"]))
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      _ = try stopped.proceed()
      try await body(stack)
    }
  }

  @Test func theSameConflictInTheNextReleaseIsSettledTheSameWay() async throws {
    try await withResolution { stack in
      try await stack.target(["f": numbered(40, [10: "theirs\n", 30: "far away\n"])], tag: "second")
      let result = try stack.write(onto: "second")
      #expect(result.patches.map(\.outcome) == [.resolved])
      #expect(try await stack.content(of: "f") == numbered(40, [10: "both\n", 30: "far away\n"]))
      #expect(result.resolutions == (try Series.load(stack.directory).resolutions.all.map(\.id)))
    }
  }

  @Test func itIsPermanentOnlyWhenConfirmed() async throws {
    try await withResolution { stack in
      let resolutions = try Series.load(stack.directory).resolutions
      #expect(resolutions.all.map(\.isConfirmed) == [false])
      #expect(resolutions.all.map(\.origin) == ["one f first\n"])
      try resolutions.confirm(resolutions.all.map(\.id))
      #expect(try Series.load(stack.directory).resolutions.all.map(\.isConfirmed) == [true])
      #expect(try stack.rebase(onto: "first").patches.map(\.outcome) == [.resolved])
    }
  }

  @Test func itHoldsWithTheSidesSwapped() async throws {
    try await withResolution { stack in
      try await stack.git.git("tag", ["-f", "other", "base"])
      let swapped = Stack(git: stack.git, directory: stack.directory)
      try Files.remove(stack.directory.appending("one"))
      try Files.remove(stack.directory.appending("series"))
      try await stack.git.git("branch", ["-D", "stack"])
      try await swapped.patch("two", ["f": numbered(40, [10: "theirs\n"])])
      try await swapped.target(["f": numbered(40, [10: "ours\n"])], tag: "swapped")
      #expect(try swapped.write(onto: "swapped").patches.map(\.outcome) == [.resolved])
      #expect(try await swapped.content(of: "f") == numbered(40, [10: "both\n"]))
    }
  }

  @Test func aLineThatUpstreamAddedInsideTheConflictIsNotDropped() async throws {
    try await withResolution { stack in
      try await stack.target(["f": numbered(40, [10: "theirs\nand more\n"])], tag: "second")
      #expect(try stack.rebase(onto: "second").patches.map(\.outcome) == [.conflict])
    }
  }

  @Test func anotherBaseIsAnotherConflict() async throws {
    try await Stack.with(["f": numbered(40, [20: "x\n"])]) { stack in
      try await stack.git.git("tag", ["first-base"])
      try await stack.patch("one", ["f": numbered(40, [20: "ours\n"])])
      try await stack.target(["f": numbered(40, [20: "theirs\n"])])
      _ = try stack.begin()
      try stack.settle("one/f", numbered(40, [20: "both\n"]))
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      _ = try stopped.proceed()
      #expect(try stack.rebase().patches.map(\.outcome) == [.resolved])
      try await stack.git.commit("changed", ["f": numbered(40, [20: "y\n"])])
      try await stack.git.git("tag", ["-f", "base"])
      try stack.list("one", "--- a/f\n+++ b/f\n@@ -20 +20 @@\n-y\n+ours\n")
      try Files.write(Array("# base: base\none\n".utf8), to: stack.directory.appending("series"))
      #expect(try stack.rebase().patches.map(\.outcome) == [.conflict])
    }
  }

  @Test func twoEqualConflictsInOneFileAreSettledBoth() async throws {
    let block = { (line: String) in "{\n\(line)\n}\n" }
    let file = { (one: String, two: String) in block(one) + numbered(9) + block(two) }
    try await Stack.with(["f": file("x", "x")]) { stack in
      try await stack.patch("one", ["f": file("ours", "ours")])
      try await stack.target(["f": file("theirs", "theirs")], tag: "first")
      try await stack.target(["f": "top\n" + file("theirs", "theirs")], tag: "second")
      _ = try stack.begin(onto: "first")
      try stack.settle("one/f", file("both", "twice"))
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      _ = try stopped.proceed()
      #expect(try stack.write(onto: "second").patches.map(\.outcome) == [.resolved])
      #expect(try await stack.content(of: "f") == "top\n" + file("both", "twice"))
    }
  }

  @Test func aFileThatHoldsMarkersOfItsOwn() async throws {
    let text = { (line: String) in "<<<<<<< example\n\(line)\n=======\n>>>>>>> example\n" + numbered(5) }
    try await Stack.with(["f": text("x")]) { stack in
      try await stack.patch("one", ["f": text("ours")])
      try await stack.target(["f": text("theirs")])
      #expect(try stack.begin().conflicts.map(\.line) == [2])
      try stack.settle("one/f", text("both"))
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      #expect(try stopped.proceed().isClean)
      #expect(try await stack.content(of: "f") == text("both"))
    }
  }

  @Test func gitReadsWhatWeWroteAndWeWhatGitWrote() async throws {
    try await withResolution { stack in
      let git = stack.git
      try await git.git("config", ["rerere.enabled", "true"])
      let cache = git.path.appending(".git/rr-cache")
      let ours = stack.directory.appending("resolutions/unconfirmed")
      _ = try await Command("cp", ["-r", ours.string, cache.string]).output()
      try await git.git("checkout", ["-qf", "--detach", "first"])
      let picked = try await Command(
        "git", ["cherry-pick", "stack"], environment: GitFixture.sealed(home: git.path), in: git.path
      ).completion()
      #expect(!picked.status.isSuccess)
      #expect(
        String(decoding: try Files.read(git.path.appending("f")), as: UTF8.self)
          == numbered(40, [10: "both\n"]))
      try await git.git("cherry-pick", ["--abort"])

      // The other way round: git records, we reuse.
      try Files.remove(cache)
      try Files.makeDirectory(cache)
      _ = try await Command(
        "git", ["cherry-pick", "stack"], environment: GitFixture.sealed(home: git.path), in: git.path
      ).completion()
      try Files.write(Array(numbered(40, [10: "git's\n"]).utf8), to: git.path.appending("f"))
      try await git.git("commit", ["-qam", "settled"])
      try Files.remove(stack.directory.appending("resolutions"))
      _ = try await Command("cp", ["-r", cache.string, stack.directory.appending("resolutions").string])
        .output()
      try await git.git("checkout", ["-qf", "main"])
      #expect(try stack.write(onto: "first").patches.map(\.outcome) == [.resolved])
      #expect(try await stack.content(of: "f") == numbered(40, [10: "git's\n"]))
    }
  }

  @Test func oneIsForgotten() async throws {
    try await withResolution { stack in
      let resolutions = try Series.load(stack.directory).resolutions
      #expect(throws: PatchStackError.self) { try resolutions.forget("zz") }
      try resolutions.forget(String(try #require(resolutions.all.first).id.prefix(8)))
      #expect(try stack.rebase(onto: "first").patches.map(\.outcome) == [.conflict])
    }
  }
}
