import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

extension Stack {
  /// Writes the series for a tag to a directory beside it and returns that directory.
  func refresh(onto tag: String = "target", to name: String = "refreshed") throws -> FilePath {
    var rebaser = try Rebaser(try Series.load(directory), repository: git.path)
    let refreshed = try #require(try rebaser.refresh(onto: tag))
    let place = directory.removingLastComponent().appending(name)
    try refreshed.write(to: place)
    return place
  }

  func text(_ path: FilePath) throws -> String { String(decoding: try Files.read(path), as: UTF8.self) }
}

@Suite struct Refreshing {
  @Test func anUnchangedPatchKeepsItsBytesAndAnAbsorbedOneGoes() async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(20)]) { stack in
      try await stack.patch("one.patch", ["f": numbered(20, [10: "ten\n"])])
      try await stack.patch("two.patch", ["g": numbered(20, [10: "ten\n"])])
      try await stack.target(["g": numbered(20, [10: "ten\n"]), "h": "h\n"])
      let place = try stack.refresh()
      #expect(try stack.text(place.appending("series")) == "# base: target\none.patch\n")
      #expect(
        try stack.text(place.appending("one.patch")) == stack.text(stack.directory.appending("one.patch")))
    }
  }

  @Test func ofAMovedHunkOnlyTheNumbersChange() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("one.patch", ["f": numbered(40, [10: "ten\n", 30: ""])])
      try await stack.target(["f": "new\n" + numbered(40, [20: "20\n20\n"])])
      let old = try stack.text(stack.directory.appending("one.patch"))
      let new = try stack.text(try stack.refresh().appending("one.patch"))
      let changed = zip(old.split(separator: "\n"), new.split(separator: "\n")).filter { $0 != $1 }
      #expect(changed.count == 3)
      #expect(
        changed.dropFirst().map { "\($0.1.prefix(19))" } == ["@@ -8,7 +8,7 @@ lin", "@@ -29,7 +29,6 @@ l"])
      #expect(changed.first?.1.hasPrefix("index ") == true)
      #expect(changed.first?.0.count == changed.first?.1.count)
    }
  }

  @Test func theStatisticsFollowAPatchThatIsPartlyAbsorbed() async throws {
    try await Stack.with(["f": numbered(40), "longer/name": numbered(40)]) { stack in
      try await stack.patch(
        "one.patch",
        ["f": numbered(40, [10: "ten\n", 30: "thirty\n"]), "longer/name": numbered(40, [5: "5\n5\n5\n"])])
      try await stack.target(["f": numbered(40, [10: "ten\n"])])
      let new = try stack.text(try stack.refresh().appending("one.patch"))
      try stack.write()
      let stat = try await stack.git.git("show", ["--format=", "--stat=72", "out"])
      #expect(new.contains("\n---\n\(stat)\n"))
    }
  }

  @Test func theSummaryNamesANewFileWhereItGoes() async throws {
    try await Stack.with(["a/f": numbered(20), "a/g": numbered(30), "h": "h\n"]) { stack in
      try await stack.patch(
        "one.patch", ["a/f": numbered(20, [10: "ten\n"]), "a/new": "new\n", "other": "other\n", "h": nil])
      try await stack.target(["a/f": nil, "a/g": nil, "b/f": numbered(20), "b/g": numbered(30)])
      let old = try stack.text(stack.directory.appending("one.patch"))
      #expect(old.contains(" create mode 100644 a/new\n delete mode 100644 h\n create mode 100644 other\n\n"))
      let new = try stack.text(try stack.refresh().appending("one.patch"))
      try stack.write()
      let summary = try await stack.git.git("show", ["--format=", "--stat=72", "--summary", "out"])
      #expect(summary.contains(" create mode 100644 b/new\n"))
      #expect(new.contains("\n---\n\(summary)\n\n"))
    }
  }

  @Test(arguments: [["am", "-q"], ["apply", "--index"]])
  func whatIsWrittenApplies(command: [String]) async throws {
    try await withRefreshed { stack, place in
      try await stack.git.git("checkout", ["-qf", "--detach", "target"])
      for name in ["one.patch", "two.patch", "three.patch"] {
        try await stack.git.git(command[0], Array(command.dropFirst()) + [place.appending(name).string])
      }
      let tree = command[0] == "am" ? "HEAD^{tree}" : try await stack.git.git("write-tree")
      #expect(try await stack.git.git("rev-parse", [tree]) == stack.git.git("rev-parse", ["out^{tree}"]))
    }
  }

  @Test(.enabled(if: Command("patch").resolved() != nil, "patch(1) is not installed"))
  func whatIsWrittenAppliesWithPatchAndWithoutFuzz() async throws {
    try await withRefreshed { stack, place in
      try await stack.git.git("checkout", ["-qf", "--detach", "target"])
      for name in ["one.patch", "two.patch", "three.patch"] {
        let output = try await Command(
          "patch", ["-p1", "-F0", "-i", place.appending(name).string], in: stack.git.path
        ).output()
        #expect(!String(decoding: output, as: UTF8.self).contains("offset"))
      }
      try await stack.git.git("add", ["-A"])
      let tree = try await stack.git.git("write-tree")
      #expect(try await stack.git.git("rev-parse", ["out^{tree}"]) == tree)
    }
  }

  @Test func aBinaryChangeThatDidNotFitIsWrittenAnew() async throws {
    try await Stack.with(["a/b": "a\0b\n", "c": "c\0c\n"]) { stack in
      try await stack.patch("one.patch", ["a/b": "a\0c\n", "c": "c\0d\n"])
      let long = "e\0" + numbered(9000)
      try await stack.target(["a/b": nil, "d/b": "a\0b\n", "c": "c\0e\n"])
      #expect(try stack.begin().conflicts.map(\.kind) == [.binary])
      try stack.settle("one.patch/c.target", nil)
      try stack.settle("one.patch/c.patch", nil)
      try stack.settle("one.patch/c", long)
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      #expect(try stopped.proceed().isClean)
      // The series for the target is what its commits are.
      let series = try Series.load(stack.directory)
      var rebaser = try Rebaser(series, repository: stack.git.path)
      let refreshed = try #require(try rebaser.refresh(onto: "target"))
      let place = stack.directory.removingLastComponent().appending("refreshed")
      try refreshed.write(to: place)
      try await stack.git.git("checkout", ["-qf", "--detach", "target"])
      try await stack.git.git("am", ["-q", place.appending("one.patch").string])
      #expect(
        try await stack.git.git("rev-parse", ["HEAD^{tree}"]) == stack.git.git("rev-parse", ["out^{tree}"]))
      let again = Stack(git: stack.git, directory: place)
      let second = try again.refresh(to: "again")
      #expect(
        try Files.read(second.appending("one.patch")) == Files.read(place.appending("one.patch")))
    }
  }

  @Test func writingReadingAndWritingGivesTheSame() async throws {
    try await withRefreshed { stack, place in
      let again = Stack(git: stack.git, directory: place)
      let second = try again.refresh(to: "again")
      for name in ["series", "one.patch", "two.patch", "three.patch"] {
        #expect(try stack.text(second.appending(name)) == stack.text(place.appending(name)))
      }
      #expect(throws: PatchStackError.self) { try again.refresh(to: "again") }
    }
  }

  /// Calls `body` with a stack that has moved, merged and created files, kept on `out` and written to a directory.
  private func withRefreshed(_ body: (Stack, FilePath) async throws -> Void) async throws {
    try await Stack.with(["f": numbered(40), "g": numbered(40), "m/k": numbered(20)]) { stack in
      try await stack.patch("one.patch", ["f": numbered(40, [10: "ten\n"]), "new": "1\n2"])
      try await stack.patch(
        "two.patch", ["f": numbered(40, [10: "TEN\n", 30: ""]), "g": numbered(40, [20: "20\n"])])
      try await stack.patch(
        "three.patch", ["m/k": numbered(20, [10: "ten\n"]), "new": nil, "newer": "1\n2\n"])
      try await stack.target([
        "f": "top\n" + numbered(40), "g": numbered(40, [18: "eighteen\n"]), "m/k": nil,
        "n/k": numbered(20, [1: ""]),
      ])
      try stack.write()
      try await body(stack, try stack.refresh())
    }
  }
}
