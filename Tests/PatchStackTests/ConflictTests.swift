import Host
import PatchStack
import TestSupport
import Testing

@Suite struct Conflicts {
  @Test func bothChangedOneLine() async throws {
    try await Stack.with(["d/f": numbered(20)]) { stack in
      try await stack.patch("0001-one.patch", ["d/f": numbered(20, [10: "ours\n"])])
      try await stack.target(["d/f": numbered(20, [1: "new\nline 1\n", 10: "theirs\n"])])
      let result = try stack.write()
      #expect(result.commit == nil)
      #expect(result.tree == nil)
      #expect(
        result.conflicts.map { $0.description(target: "target") }
          == ["0001-one.patch: d/f:11: conflict with target"])
      #expect(try await stack.git.git("branch", ["--list", "out"]) == "")
    }
  }

  @Test func anInsertNextToADeleteConflicts() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "line 10\nnew\n"])])
      try await stack.target(["f": numbered(20, [11: ""])])
      #expect(try stack.rebase().conflicts.map(\.kind) == [.content])
    }
  }

  @Test func bothAddTheSameFile() async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try await stack.patch("one", ["g": "1\n2\n3\n"])
      try await stack.target(["g": "1\n2\n3\n"], tag: "same")
      try await stack.target(["g": "1\n2\n4\n"], tag: "other")
      #expect(try stack.rebase(onto: "same").patches.map(\.outcome) == [.absorbed])
      #expect(try stack.rebase(onto: "other").conflicts.map(\.kind) == [.addedOnBothSides])
    }
  }

  @Test func oneSideDeletesWhatTheOtherChanges() async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(9)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.patch("two", ["g": nil])
      try await stack.target(["f": nil, "g": numbered(9, [5: "five\n"])])
      let result = try stack.rebase()
      #expect(result.conflicts.map(\.kind) == [.deletedInTarget, .deletedInPatch])
      #expect(result.conflicts.map(\.path) == ["f", "g"])
    }
  }

  @Test func aFileWhereTheOtherSideHasADirectory() async throws {
    try await Stack.with(["f": numbered(20), "x": "x\n"]) { stack in
      try await stack.patch("one", ["d": "d\n"])
      try await stack.patch("two", ["x": nil, "x/y": "y\n"])
      try await stack.target(["d/e": "e\n", "x": "changed\n"], tag: "directory")
      try await stack.target(["f": nil, "f/f": "other\n"], tag: "replaced")
      #expect(
        try stack.rebase(onto: "directory").conflicts.map(\.kind) == [.directoryAndFile, .deletedInPatch])
      try await stack.patch("three", ["f": numbered(20, [10: "ten\n"])])
      #expect(try stack.rebase(onto: "replaced").conflicts.map(\.kind) == [.directoryAndFile])
    }
  }

  /// Of a file there are two modes only, so that both sides can differ from the base and from one another only where
  /// both add the file.
  @Test func bothAddAFileOfTheSameContentAndAnotherMode() async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try stack.list(
        "one", "diff --git a/g b/g\nnew file mode 100755\n--- /dev/null\n+++ b/g\n@@ -0,0 +1 @@\n+g\n")
      try await stack.target(["g": "g\n"])
      let result = try stack.rebase()
      #expect(result.conflicts.map(\.kind) == [.mode])
      #expect(result.conflicts.map(\.path) == ["g"])
      // git merge-tree, as judge, does not settle it either.
      try stack.write(onto: "base")
      let judge = try await Command(
        "git", ["merge-tree", "--write-tree", "--name-only", "--no-messages", "out", "target"],
        environment: GitFixture.sealed(home: stack.directory), in: stack.git.path
      ).completion()
      #expect(judge.status == .exited(1))
      #expect(String(decoding: judge.output, as: UTF8.self).hasSuffix("\ng\n"))
    }
  }

  @Test func aModeChangeOfWhatIsALinkNow() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try stack.list("one", "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n")
      try await stack.git.git("read-tree", ["main"])
      try await stack.git.git(
        "update-index",
        [
          "--add", "--cacheinfo", "120000,\(try await stack.git.git("rev-parse", ["base:f"])),f",
        ])
      try await stack.git.git("commit", ["-q", "-m", "link"])
      try await stack.git.git("tag", ["target"])
      #expect(try stack.rebase().conflicts.map(\.kind) == [.type])
    }
  }

  @Test func aSymbolicLinkWhereThePatchHasAFile() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      let id = try await stack.git.git("hash-object", ["-w", "--stdin"], input: "elsewhere")
      try await stack.git.git("read-tree", ["main"])
      try await stack.git.git("update-index", ["--add", "--cacheinfo", "120000,\(id),f"])
      try await stack.git.git("commit", ["-q", "-m", "link"])
      try await stack.git.git("tag", ["target"])
      #expect(try stack.rebase().conflicts.map(\.kind) == [.type])
    }
  }

  @Test func bothChangeWhatIsNoText() async throws {
    try await Stack.with(["f": "a\0b\n"]) { stack in
      try await stack.patch("one", ["f": "a\0c\n"])
      try await stack.target(["f": "a\0d\n"], tag: "changed")
      #expect(try stack.rebase(onto: "changed").conflicts.map(\.kind) == [.binary])
      #expect(try stack.write(onto: "base").patches.map(\.outcome) == [.unchanged])
      #expect(
        try await stack.git.git("rev-parse", ["out^{tree}"]) == stack.git.git("rev-parse", ["stack^{tree}"]))
    }
  }

  @Test func aConflictDoesNotHideIndependentOnesBehindIt() async throws {
    try await Stack.with(["f": numbered(40), "g": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n"])])
      try await stack.patch("two", ["f": numbered(40, [10: "TEN\n"])])
      try await stack.patch("three", ["g": numbered(20, [10: "ten\n"])])
      try await stack.patch("four", ["f": numbered(40, [10: "TEN\n", 30: "thirty\n"])])
      try await stack.target(["f": numbered(40, [10: "x\n", 30: "y\n"]), "g": numbered(20, [10: "z\n"])])
      let result = try stack.rebase()
      #expect(result.patches.map(\.outcome) == [.conflict, .unchanged, .conflict, .conflict])
      #expect(
        result.conflicts.map { "\($0.patch) \($0.path) \($0.line ?? 0)" } == [
          "one f 10", "three g 10", "four f 30",
        ])
    }
  }
}

@Suite struct EndsOfFiles {
  @Test func aLineAddedBehindTheLastOneThatAPatchChangesConflicts() async throws {
    try await Stack.with(["f": numbered(5), "g": "g\n"]) { stack in
      try await stack.patch("one", ["f": numbered(5, [1: "one\n", 5: "five\n"]), "g": "G\n"])
      try await stack.target(["f": numbered(5) + "more\n"], tag: "behind")
      try await stack.target(["g": "g\nmore\n"], tag: "whole")
      #expect(try stack.rebase(onto: "behind").conflicts.map(\.path) == ["f"])
      #expect(try stack.rebase(onto: "whole").conflicts.map(\.path) == ["g"])
    }
  }
}
