import PatchStack
import TestSupport
import Testing

@Suite struct Absorbed {
  @Test func aWholePatchThatUpstreamTookLeavesTheStack() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n"])])
      try await stack.patch("two", ["f": numbered(40, [10: "ten\n", 30: "thirty\n"])])
      try await stack.target(["f": numbered(40, [10: "ten\n"])])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.absorbed, .unchanged])
      #expect(try await stack.git.git("log", ["--format=%s", "target..out"]) == "tip-two")
    }
  }

  @Test func upstreamTookItAmongOtherChangesNearby() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n"])])
      try await stack.target(["f": numbered(40, [3: "three\n", 8: "eight\n", 10: "ten\n", 20: ""])])
      let result = try stack.rebase()
      #expect(result.patches.map(\.outcome) == [.absorbed])
      #expect(result.tree.map { "\($0)" } == (try await stack.git.git("rev-parse", ["target^{tree}"])))
    }
  }

  @Test func upstreamTookItIntoAContextOfItsOwn() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [20: "line 20\nnew\n"])])
      // Of the patch's context only the two lines stand as they were that the new one is between.
      let target = numbered(
        40, [17: "17\n", 18: "18\n", 19: "19\n", 20: "line 20\nnew\n", 22: "", 23: "23\n"])
      try await stack.target(["f": target])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.absorbed])
      #expect(result.tree.map { "\($0)" } == (try await stack.git.git("rev-parse", ["target^{tree}"])))
    }
  }

  @Test func aChangeSquashedWithAnotherOnTheSameLinesIsNotDropped() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n"])])
      try await stack.target(["f": numbered(40, [10: "ten and more\n"])])
      #expect(try stack.rebase().patches.map(\.outcome) == [.conflict])
    }
  }

  @Test func oneOfTwoHunksIsUpstreamAndTheOtherStays() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n", 30: "thirty\n"])])
      try await stack.target(["f": numbered(40, [10: "ten\n"])])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.partlyAbsorbed])
      #expect(result.patches.first?.detail?.hasPrefix("f: target has 1 of 2 changes already;") == true)
      #expect(try await stack.git.git("show", ["--format=", "--numstat", "out"]) == "1\t1\tf")
    }
  }

  @Test func oneOfTwoFilesIsUpstream() async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"]), "g": numbered(20, [10: "ten\n"])])
      try await stack.target(["g": numbered(20, [10: "ten\n"])])
      let patches = try stack.rebase().patches
      #expect(patches.map(\.outcome) == [.partlyAbsorbed])
      #expect(patches.first?.detail?.hasPrefix("g: absorbed;") == true)
    }
  }

  @Test func upstreamTookItAndRevertedIt() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.git.commit("took", ["f": numbered(20, [10: "ten\n"])])
      try await stack.git.commit("reverted", ["f": numbered(20)])
      #expect(try stack.rebase(onto: "took").patches.map(\.outcome) == [.absorbed])
      #expect(try stack.rebase(onto: "reverted").patches.map(\.outcome) == [.unchanged])
    }
  }

  @Test func aModeIsAbsorbedLikeAnyChange() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try stack.list("one", "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n")
      try await stack.target(["g": "g\n"], tag: "plain")
      try await stack.git.git("read-tree", ["main"])
      try await stack.git.git(
        "update-index", ["--cacheinfo", "100755,\(try await stack.git.git("rev-parse", ["base:f"])),f"])
      try await stack.git.git("commit", ["-q", "-m", "mode"])
      try await stack.git.git("tag", ["executable"])
      #expect(try stack.write(onto: "plain").patches.map(\.outcome) == [.unchanged])
      #expect(try await stack.git.git("ls-tree", ["out", "f"]).hasPrefix("100755"))
      #expect(try stack.rebase(onto: "executable").patches.map(\.outcome) == [.absorbed])
    }
  }

  @Test func aPatchOnTopOfAnAbsorbedOneStillFits() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.patch("two", ["f": numbered(20, [10: "TEN\n"])])
      try await stack.target(["f": numbered(20, [1: "", 10: "ten\n"])])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.absorbed, .offset])
      #expect(try await stack.content(of: "f") == numbered(20, [1: "", 10: "TEN\n"]))
    }
  }

  @Test func theSameChangeInOtherWhiteSpaceIsAConflictThatSaysSo() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "if (x) {\n"])])
      try await stack.target(["f": numbered(20, [10: "if (x)  {\n"])])
      let result = try stack.rebase()
      #expect(result.patches.map(\.outcome) == [.conflict])
      #expect(result.conflicts.first?.note == "both differ in white space only")
    }
  }

  @Test func aFileThatUpstreamDeletedNeedsNoDeletingAndOneItAddedNoAdding() async throws {
    try await Stack.with(["f": "f\n", "g": "g\n"]) { stack in
      try await stack.patch("one", ["f": nil, "h": "h\n"])
      try await stack.target(["f": nil, "h": "h\n"])
      #expect(try stack.rebase().patches.map(\.outcome) == [.absorbed])
    }
  }
}
