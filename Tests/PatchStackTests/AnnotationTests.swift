import Host
import SystemPackage
import TestSupport
import Testing

@testable import PatchStack

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct Annotations {
  private func annotation(of file: String, _ stack: Stack) throws -> Annotation {
    try Annotation(of: file, in: try Series.load(stack.directory), repository: stack.git.path)
  }

  @Test func theLastPatchThatWroteALineOwnsIt() async throws {
    try await Stack.withFour { stack in
      let found = try annotation(of: "./f", stack)
      #expect(found.path == "f")
      #expect(
        found.lines.filter { $0.patch != nil }.map {
          "\($0.number) \($0.patch ?? 0) \(String(decoding: $0.text, as: UTF8.self))"
        }
          == ["10 1 ten\n", "11 4 and most\n", "31 3 thirty\n"])
      #expect(found.lines.count == 41)
      #expect(found.patches == [1: "1-ten.patch", 3: "3-thirty.patch", 4: "4-more.patch"])
    }
  }

  @Test(arguments: [
    ("h", "h: no patch of the series changes it"), ("x", "x: no such file in the tree behind the stack"),
    ("gone", "gone: 2.patch deletes it"), ("old", "old: 2.patch moves it to new"), ("d", "d: no such file"),
    ("../x", "../x: not a path inside the tree"), ("b", "b: no text"),
  ])
  func aFileWithoutOwnersIsTold(file: String, reason: String) async throws {
    let base = ["h": "h\n", "gone": "gone\n", "old": numbered(9), "b": "b\n", "d/e": "e\n"]
    try await Stack.with(base) { stack in
      try await stack.patch("1.patch", ["gone": "more\n", "b": "\0\n"])
      try await stack.patch("2.patch", ["gone": nil, "old": nil, "new": numbered(9)])
      let error = #expect(throws: PatchStackError.self) { try annotation(of: file, stack) }
      #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
      #expect(error?.blame == .usage)
    }
  }

  @Test func ownersFollowARenameAndNamesMayBeSwapped() async throws {
    try await Stack.with(["a": numbered(9), "b": "b\n" + numbered(30)]) { stack in
      try await stack.patch("1.patch", ["a": numbered(9, [3: "three\n"])])
      let swap = """
        Swap

        diff --git a/a b/b
        similarity index 100%
        rename from a
        rename to b
        diff --git a/b b/a
        similarity index 100%
        rename from b
        rename to a

        """
      try stack.list("2.patch", swap)
      try stack.list("3.patch", "--- a/b\n+++ b/b\n@@ -5,3 +5,4 @@\n line 5\n line 6\n+new\n line 7\n")
      #expect(try annotation(of: "b", stack).lines.compactMap(\.patch) == [1, 3])
      #expect(try annotation(of: "a", stack).lines.compactMap(\.patch) == [])
    }
  }

  /// The judge is `git blame` over the stack's commits; of four stacks in each block, or as many as `XIP_STACKS` says.
  @Test(arguments: 0..<2) func randomStacksAreBlamedAsByGit(block: Int) async throws {
    let count = getenv("XIP_STACKS").flatMap { Int(String(cString: $0)) }
    try await withTemporaryDirectory { directory in
      let git = try await GitFixture(in: directory)
      for seed in (block * 10_000)..<(block * 10_000 + (count ?? 4)) {
        var random = Seeded(seed: UInt64(seed) &* 104_729 &+ 5)
        let series = directory.appending("series\(seed)")
        let commits = try await RandomStack(&random).write(seed, to: git, series)
        let stack = try Series.load(series)
        let names = try await git.git("ls-tree", ["-r", "--name-only", "stack\(seed)"]).split(separator: "\n")
        let touched = Set(stack.patches.flatMap(\.changes).compactMap(\.newPath).map { "\($0)" })
        for name in names.map(String.init) where touched.contains(name) {
          let ours = try Annotation(of: name, in: stack, repository: git.path).lines.map(\.patch)
          let blamed = try await git.git("blame", ["-s", "-l", "--root", "stack\(seed)", "--", name])
          let theirs = blamed.split(separator: "\n").map { line in
            commits.firstIndex(of: String(line.prefix(40))).map { $0 + 1 }
          }
          #expect(ours == theirs, "seed \(seed), \(name)")
        }
      }
    }
  }
}
