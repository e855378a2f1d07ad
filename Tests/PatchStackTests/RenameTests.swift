import PatchStack
import TestSupport
import Testing

@Suite struct Renames {
  @Test func aMovedFileIsFollowed() async throws {
    try await Stack.with(["a/f.c": numbered(20)]) { stack in
      try await stack.patch("one", ["a/f.c": numbered(20, [10: "ten\n"])])
      try await stack.patch("two", ["a/f.c": numbered(20, [10: "TEN\n"])])
      try await stack.target(["a/f.c": nil, "b/f.c": numbered(20, [2: "two\n"])])
      let result = try stack.write()
      #expect(result.patches.map(\.outcome) == [.merged, .merged])
      #expect(result.patches.first?.detail == "b/f.c: follows a/f.c to its new place")
      #expect(try await stack.content(of: "b/f.c") == numbered(20, [2: "two\n", 10: "TEN\n"]))
      #expect(try await stack.content(of: "a/f.c") == nil)
    }
  }

  @Test func aNewFileFollowsItsDirectory() async throws {
    try await Stack.with(["d/a": "a\n", "d/b": "b\n", "x": "x\n"]) { stack in
      try await stack.patch("one", ["d/c": "c\n"])
      try await stack.target(["d/a": nil, "d/b": nil, "e/a": "a\n", "e/b": "b\n"])
      let result = try stack.write()
      #expect(
        result.patches == [
          PatchResult(name: "one", outcome: .merged, detail: "e/c: follows its directory to e")
        ])
      #expect(try await stack.content(of: "e/c") == "c\n")
    }
  }

  @Test func aFileThatMovedAndMovedBack() async throws {
    try await Stack.with(["a/f": numbered(20)]) { stack in
      try await stack.patch("one", ["a/f": numbered(20, [10: "ten\n"])])
      try await stack.git.commit("v6.6", ["a/f": nil, "b/f": numbered(20)])
      try await stack.git.commit("v6.12", ["b/f": nil, "a/f": numbered(20, [1: ""])])
      #expect(try stack.rebase(onto: "v6.6").patches.map(\.outcome) == [.merged])
      #expect(try stack.rebase(onto: "v6.12").patches.map(\.outcome) == [.offset])
    }
  }

  @Test func aFileSplitInTwoIsReportedNotGuessed() async throws {
    try await Stack.with(["f.c": numbered(40)]) { stack in
      try await stack.patch("one", ["f.c": numbered(40, [10: "ten\n"])])
      let half = numbered(40).split(separator: "\n").map { "\($0)\n" }
      try await stack.target(["f.c": nil, "g.c": half[..<20].joined(), "h.c": half[20...].joined()])
      let result = try stack.rebase()
      #expect(result.conflicts.map(\.kind) == [.deletedInTarget])
      #expect(result.conflicts.first?.note == "its content is found in g.c, h.c")
    }
  }

  @Test func aMovedFileThatHasTheChangeAlready() async throws {
    try await Stack.with(["f.c": numbered(20)]) { stack in
      try await stack.patch("one", ["f.c": numbered(20, [10: "ten\n"])])
      try await stack.target(["f.c": nil, "g.c": numbered(20, [10: "ten\n"])])
      #expect(try stack.rebase().patches.map(\.outcome) == [.absorbed])
    }
  }

  @Test func thePatchItselfMovesAFile() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": nil, "g": numbered(20, [10: "ten\n"])])
      try await stack.target(["f": numbered(20, [2: "two\n"])], tag: "edited")
      try await stack.target(["f": nil, "g": numbered(20)], tag: "moved")
      try await stack.target(["f": nil, "h": numbered(20)], tag: "elsewhere")
      try await stack.target(["g": "taken\n"], tag: "taken")
      #expect(try stack.write(onto: "edited").patches.map(\.outcome) == [.unchanged])
      #expect(try await stack.content(of: "g") == numbered(20, [2: "two\n", 10: "ten\n"]))
      #expect(try await stack.content(of: "f") == nil)
      #expect(try stack.write(onto: "moved").isClean)
      #expect(try await stack.content(of: "g") == numbered(20, [10: "ten\n"]))
      #expect(try stack.rebase(onto: "elsewhere").conflicts.map(\.kind) == [.renamedTwice])
      #expect(try stack.rebase(onto: "taken").conflicts.map(\.kind) == [.addedOnBothSides])
    }
  }

  @Test func aPatchThatSwapsTwoNames() async throws {
    try await Stack.with(["f": numbered(20), "g": "g\n" + numbered(10)]) { stack in
      try stack.list(
        "one",
        "diff --git a/f b/g\nrename from f\nrename to g\ndiff --git a/g b/f\nrename from g\nrename to f\n")
      try stack.write(onto: "base")
      #expect(try await stack.content(of: "f") == "g\n" + numbered(10))
      #expect(try await stack.content(of: "g") == numbered(20))
    }
  }
}
