import PatchStack
import SystemPackage
import TestSupport
import Testing

@Suite struct BroughtBy {
  /// Returns the subjects of the commits that brought what the target has of the first patch.
  private func subjects(_ stack: Stack, onto tag: String = "target") async throws -> [String]? {
    let patch = try #require(try stack.rebase(onto: tag).patches.first)
    for commit in patch.absorbedBy ?? [] {
      #expect(try await stack.git.git("log", ["-1", "--format=%s", "\(commit.commit)"]) == commit.subject)
      #expect(patch.detail?.contains("\("\(commit.commit)".prefix(12)) (\(commit.subject))") == true)
    }
    return patch.absorbedBy?.map(\.subject)
  }

  @Test func theCommitThatTookThePatchIsNamed() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n"])])
      try await stack.git.commit("before", ["f": numbered(40, [30: "thirty\n"])])
      try await stack.git.commit("took", ["f": numbered(40, [10: "ten\n", 30: "thirty\n"])])
      try await stack.git.commit("elsewhere", ["g": "g\n"])
      try await stack.git.commit("target", ["f": numbered(40, [10: "ten\n", 20: "", 30: "thirty\n"])])
      #expect(try await subjects(stack) == ["took"])
      let found = try await stack.git.git("log", ["--format=%s", "-S", "ten", "base..target", "--", "f"])
      #expect(found == "took")
    }
  }

  @Test func aSquashIsNamedThatTookItAmongOthers() async throws {
    try await Stack.with(["f": numbered(40), "g": "g\n"]) { stack in
      try await stack.patch("one", ["f": numbered(40, [10: "ten\n"])])
      try await stack.git.commit(
        "squash", ["f": numbered(40, [5: "", 10: "ten\n", 30: "30\n"]), "g": "G\n"])
      try await stack.git.commit("target", ["g": "g\n"])
      #expect(try await subjects(stack) == ["squash"])
    }
  }

  @Test func ofAChangeThatWasRevertedAndTakenAgainTheLastIsNamed() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.git.commit("took", ["f": numbered(20, [10: "ten\n"])])
      try await stack.git.commit("reverted", ["f": numbered(20)])
      try await stack.git.commit("again", ["f": numbered(20, [10: "ten\n"])])
      #expect(try await subjects(stack, onto: "took") == ["took"])
      #expect(try await subjects(stack, onto: "reverted") == nil)
      #expect(try await subjects(stack, onto: "again") == ["again"])
    }
  }

  @Test func hunksThatCameOneByOneNameTheirCommits() async throws {
    try await Stack.with(["f": numbered(60)]) { stack in
      try await stack.patch("one", ["f": numbered(60, [10: "ten\n", 30: "thirty\n", 50: "fifty\n"])])
      try await stack.git.commit("first", ["f": numbered(60, [10: "ten\n"])])
      try await stack.git.commit("between", ["f": numbered(60, [10: "ten\n", 20: "x\n"])])
      try await stack.git.commit("second", ["f": numbered(60, [10: "ten\n", 20: "x\n", 30: "thirty\n"])])
      #expect(try await subjects(stack, onto: "first") == ["first"])
      #expect(try await subjects(stack, onto: "second") == ["second", "first"])
      let patch = try #require(try stack.rebase(onto: "first").patches.first)
      #expect(patch.outcome == .partlyAbsorbed)
      #expect(patch.detail?.hasPrefix("f: first has 1 of 3 changes already; brought by ") == true)
    }
  }

  @Test func theCommitBehindAMergeAndARenameIsNamed() async throws {
    try await Stack.with(["a/f.c": numbered(40)]) { stack in
      try await stack.patch("one", ["a/f.c": numbered(40, [10: "ten\n"])])
      try await stack.git.commit("main-1", ["g": "g\n"])
      try await stack.git.commit(
        "took", ["a/f.c": numbered(40, [10: "ten\n"])], branch: "side", over: "refs/tags/base")
      let tree = try await stack.git.git("merge-tree", ["--write-tree", "main-1", "took"])
      let merge = try await stack.git.git(
        "commit-tree", ["-m", "merge", "-p", "main-1", "-p", "took", tree])
      try await stack.git.git("update-ref", ["refs/heads/main", merge])
      #expect(try await subjects(stack, onto: merge) == ["took"])
      try await stack.git.commit("moved", ["a/f.c": nil, "b/f.c": numbered(40, [10: "ten\n"])])
      #expect(try await subjects(stack, onto: "moved") == ["took"])
    }
  }

  @Test func filesAndModesAreLookedForToo() async throws {
    try await Stack.with(["f": "f\n", "x": numbered(9)]) { stack in
      try await stack.patch("one", ["f": nil, "h": "h\n"])
      try await stack.git.commit("adds", ["h": "h\n"])
      try await stack.git.commit("deletes", ["f": nil])
      try await stack.git.commit("target", ["x": numbered(9, [1: ""])])
      #expect(Set(try await subjects(stack) ?? []) == ["adds", "deletes"])
    }
  }

  @Test func whereThereIsNoHistoryNoneIsNamed() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.target(["f": numbered(20, [10: "ten\n"])], orphan: true)
      let patch = try #require(try stack.rebase().patches.first)
      #expect(patch == PatchResult(name: "one", outcome: .absorbed))
      // A clone that is cut off at the target has parents by name only.
      try await stack.git.commit("last", ["g": "g\n"], branch: "on-cut", over: "refs/tags/base")
      try await stack.git.commit("cut", ["f": numbered(20, [10: "ten\n"])], branch: "on-cut")
      let clone = stack.directory.removingLastComponent().appending("shallow")
      try await stack.git.git(
        "clone", ["-q", "--bare", "--depth=1", "--branch=cut", "file://\(stack.git.path)", clone.string])
      try await stack.git.git("--git-dir=\(clone)", ["fetch", "-q", "--depth=1", "origin", "tag", "base"])
      let result = try Rebaser.run(
        try Series.load(stack.directory), onto: "cut", repository: clone, mode: .dryRun)
      #expect(result.patches == [PatchResult(name: "one", outcome: .absorbed)])
    }
  }
}
