import Host
import PatchStack
import TestSupport
import Testing

@Suite struct Clean {
  @Test func nothingChanged() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      let result = try stack.rebase(onto: "base")
      #expect(result.patches.map(\.outcome) == [.unchanged])
      #expect(result.tree.map { "\($0)" } == (try await stack.git.git("rev-parse", ["stack^{tree}"])))
    }
  }

  @Test func theCommitIsThePatchs() async throws {
    try await Stack.with(["f": numbered(20)]) { stack in
      try await stack.patch("one", ["f": numbered(20, [10: "ten\n"])])
      try await stack.target(["g": "other\n"])
      #expect(try await stack.content(of: "f") == numbered(20, [10: "ten\n"]).dropLast().description)
      #expect(try await stack.git.git("log", ["-1", "--format=%an %ae %at %cn %s", "out"])
        == "A U Thor author@example.com 1752307200 A U Thor tip-one")
      #expect(try await stack.git.git("fsck", ["--strict"]) == "")
    }
  }
}
