import Git
import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

@Suite struct Clean {
  @Test func aTargetWithNothingChangedGivesTheSameTreeAndNoNewObject() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      let before = try await stack.git.git("count-objects")
      let result = try stack.rebase(onto: "base")
      #expect(result.patches.map(\.outcome) == [.unchanged])
      #expect(result.tree.map { "\($0)" } == (try await stack.git.git("rev-parse", ["stack^{tree}"])))
      #expect(try await stack.git.git("count-objects") == before)
    }
  }

  @Test func theCommitHasThePatchsAuthorDateAndMessage() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.target(["g": "other\n"])
      let first = try stack.write()
      #expect(try await stack.content(of: "f") == numbered(20, [10: "ten\n"]))
      #expect(
        try await stack.git.git("log", ["-1", "--format=%an %ae %at %cn %ct %B", "out"])
          == "A U Thor author@example.com 1752307200 A U Thor 1752307200 tip-one\n")
      #expect(try await stack.git.git("fsck", ["--strict", "--no-dangling"]) == "")
      #expect(try stack.write().commit == first.commit)
    }
  }

  @Test func movedHunksAreReportedWithTheirOffset() async throws {
    try await Stack.with(["f": numbered(60)]) { stack in
      try await stack.patch("one", ["f": numbered(60, [30: "thirty\n", 50: "fifty\n"])])
      try await stack.target(["f": numbered(60, [1: "new\nnew\nline 1\n", 40: ""])])
      let result = try stack.rebase()
      #expect(result.patches == [PatchResult(name: "one", outcome: .offset, detail: "f: offset +2, +1")])
    }
  }

  @Test func aHunkThatFitsTwiceGoesWhereTheMergeSaysItDoes() async throws {
    let block = { (middle: String) in "{\n  a\n  b\n  \(middle)\n  d\n  e\n}\n" }
    let twice = { (middle: String) in "first\n" + block("c") + "1\n2\n3\n" + block(middle) + "end\n" }
    try await Stack.with(["f": twice("c")]) { stack in
      try await stack.patch("one", ["f": twice("C")])
      // Ten lines more at the top bring the first block to the lines that the hunk names.
      try await stack.target(["f": numbered(10) + twice("c")])
      #expect(try stack.write().patches.map(\.outcome) == [.offset])
      #expect(try await stack.content(of: "f") == numbered(10) + twice("C"))
    }
  }

  /// The file comes from the base's images, which a dry run makes under names of no meaning.
  @Test func aHunkThatFitsTwiceInAFileThatTheTargetLeftAlone() async throws {
    let block = { (middle: String) in "{\n  a\n  b\n  \(middle)\n  d\n  e\n}\n" }
    let twice = { (middle: String) in "first\n" + block("c") + "1\n2\n3\n" + block(middle) + "end\n" }
    try await Stack.with(["f": twice("c")]) { stack in
      try await stack.patch("one", ["f": twice("changed")])
      try await stack.patch("two", ["f": twice("changed again")])
      try await stack.target(["g": "other\n"])
      let series = try Series.load(stack.directory)
      var rebaser = try Rebaser(series, repository: stack.git.path)
      #expect(try rebaser.check(onto: "target").isClean)
      let result = try rebaser.rebase(onto: "target")
      try rebaser.write(result, to: "refs/heads/out")
      #expect(result.patches.map(\.outcome) == [.unchanged, .unchanged])
      #expect(try await stack.content(of: "f") == twice("changed again"))
      #expect(try await stack.git.git("fsck", ["--strict", "--no-dangling"]) == "")
      #expect(try stack.rebase().tree == result.tree)
    }
  }

  @Test func aHunkThatFitsItsBaseTwiceIsAnErrorThatNamesThePlaces() async throws {
    let block = "{\na\nb\nc\n}\n"
    try await Stack.with(["f": "1\n" + block + "2\n3\n4\n" + block + "5\n"]) { stack in
      try stack.list("one", "--- a/f\n+++ b/f\n@@ -40,5 +40,5 @@\n {\n a\n-b\n+B\n c\n }\n")
      try await stack.target(["g": "g\n"])
      let error = #expect(throws: PatchStackError.self) { try stack.rebase() }
      #expect(
        error?.description.hasSuffix(
          "one:3: does not apply to its base base: it is not where it says, and fits f at lines 2, 10")
          == true)
    }
  }

  @Test func fivePatchesThatEachTouchTheLinesOfTheOneBefore() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      for number in 1...5 { try await stack.patch("p\(number)", ["f": numbered(20, [10: "\(number)\n"])]) }
      try await stack.target(["f": numbered(20, [1: "", 20: "end\n"])])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == Array(repeating: .offset, count: 5))
      #expect(try await stack.content(of: "f") == numbered(20, [1: "", 10: "5\n", 20: "end\n"]))
      #expect(try await stack.git.git("rev-list", ["--count", "target..out"]) == "5")
    }
  }

  @Test func twoPatchesOnOneFileThatUpstreamChangedBetweenThem() async throws {
    try await Stack.with(["f": numbered(30)]) { stack in
      try await stack.patch("one", ["f": numbered(30, [5: "five\n"])])
      try await stack.patch("two", ["f": numbered(30, [5: "five\n", 25: "25\n"])])
      try await stack.target(["f": numbered(30, [15: "15\n15\n"])])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.unchanged, .offset])
      #expect(try await stack.content(of: "f") == numbered(30, [5: "five\n", 15: "15\n15\n", 25: "25\n"]))
    }
  }

  @Test func theContextChangedAndTheMergeSettlesIt() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.target(["f": numbered(20, [8: "eight\n"])])
      let result = try stack.write()
      #expect(result.patches == [PatchResult(name: "one", outcome: .merged, detail: "f: merged")])
      #expect(try await stack.content(of: "f") == numbered(20, [8: "eight\n", 10: "ten\n"]))
    }
  }

  @Test func aTagWithNoCommonHistory() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.target(["f": numbered(20, [2: "two\n", 8: "eight\n"]), "g": "g\n"], orphan: true)
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.merged])
      #expect(try await stack.git.git("rev-list", ["--count", "out"]) == "2")
    }
  }

  @Test func annotatedTagsAndOlderTagsAreTargetsLikeAnyOther() async throws {
    try await Stack.with(["f": numbered(20, [3: "old\n"])]) { stack in
      try await stack.git.git("tag", ["older"])
      try await stack.git.commit("newer", ["f": numbered(20)])
      try await stack.git.git("tag", ["-f", "base"])
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.git.git("tag", ["-a", "-m", "tag", "annotated", "older"])
      for tag in ["older", "annotated"] {
        let result = try stack.write(onto: tag)
        #expect(result.patches.map(\.outcome) == [.unchanged])
        #expect(try await stack.content(of: "f") == numbered(20, [3: "old\n", 10: "ten\n"]))
      }
    }
  }

  @Test func aBareReadOnlyRepositoryIsEnoughForADryRun() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.target(["f": numbered(20, [8: "eight\n"])])
      let bare = stack.directory.removingLastComponent().appending("bare.git")
      try await stack.git.git("clone", ["-q", "--bare", stack.git.path.string, bare.string])
      let files = { try await Command("find", [bare.string, "-printf", "%p %s %T@\n"]).output() }
      let before = try await files()
      let result = try Rebaser.run(
        try Series.load(stack.directory), onto: "target", repository: bare, mode: .dryRun)
      #expect(result.tree == (try stack.rebase().tree))
      #expect(result.tree != nil)
      #expect(try await files() == before)
    }
  }

  @Test func theBaseIsNotNeededWhereAllHunksFitAndItsAbsenceIsNamedWhereNot() async throws {
    try await Stack.with(["d/f": numbered(40)]) { stack in
      try await stack.patch("one", ["d/f": numbered(40, [10: "ten\n"]), "d/g": "g\n"])
      try await stack.target(["d/f": numbered(40, [30: "thirty\n"])], tag: "fits")
      try await stack.target(["d/f": numbered(40, [1: "1\n1\n"])], tag: "moved")
      let with = try stack.rebase(onto: "fits")
      try await stack.git.git("tag", ["-d", "base"])
      #expect(try stack.rebase(onto: "fits") == with)
      #expect(with.patches.map(\.outcome) == [.unchanged])
      let error = #expect(throws: PatchStackError.self) { try stack.rebase(onto: "moved") }
      guard case .baseMissing(tag: "base", _) = error else {
        Issue.record("\(String(describing: error))"); return
      }
    }
  }

  @Test func aTagThatIsNotThereIsNamed() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      let error = #expect(throws: PatchStackError.self) { try stack.rebase(onto: "v9.9.9") }
      #expect(error?.description.hasSuffix("has no tag or commit v9.9.9") == true)
      #expect(error?.blame == .usage)
    }
  }

  @Test func aPatchThatOnlySaysSomethingIsKept() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try stack.list("empty", "From: A <a@b>\nSubject: [PATCH] Only words\n\nNothing to change.\n")
      let result = try stack.write(onto: "base")
      #expect(result.patches.map(\.outcome) == [.unchanged])
      #expect(
        try await stack.git.git("log", ["-1", "--format=%s|%b", "out"]) == "Only words|Nothing to change.\n")
    }
  }
}
