import Host
import SystemPackage
import TestSupport
import Testing

@testable import PatchStack

#if canImport(Glibc)
  import Glibc
#endif

extension Stack {
  func work(_ variant: String? = nil) throws -> StackWork {
    try StackWork(on: directory, variant: variant, repository: git.path)
  }

  /// The files of the series' directory and their contents.
  func snapshot() throws -> [String: String] {
    var files: [String: String] = [:]
    for name in try Files.list(directory) {
      let path = directory.appending(name)
      if Files.isDirectory(path) {
        for inner in try Files.list(path) { files["\(name)/\(inner)"] = try text(path.appending(inner)) }
      } else {
        files[name] = try text(path)
      }
    }
    return files
  }

  /// Applies the series to its base as commits and returns their trees, by `git am` of each patch.
  func applied(with command: [String] = ["am", "-q"]) async throws -> [String] {
    try await git.git("checkout", ["-qf", "--detach", "base"])
    var trees: [String] = []
    for patch in try Series.load(directory).patches {
      try await git.git(command[0], Array(command.dropFirst()) + [directory.appending(patch.name).string])
      trees.append(
        command[0] == "am"
          ? try await git.git("rev-parse", ["HEAD^{tree}"]) : try await git.git("write-tree"))
    }
    return trees
  }

  /// Returns what `body` was refused for.
  func refusal(_ body: () throws -> StackChange) throws -> String {
    let before = try snapshot()
    let error = #expect(throws: PatchStackError.self) { try body() }
    #expect(try snapshot() == before)
    #expect(error?.blame == .version, "\(error?.description ?? "")")
    return error?.description ?? ""
  }

  /// Three patches on two places of `f`, with a gap between, and one on `g`.
  static func withFour(_ body: (Stack) async throws -> Void) async throws {
    try await with(["f": numbered(40), "g": numbered(20)]) { stack in
      try await stack.patch("1-ten.patch", ["f": numbered(40, [10: "ten\nand more\n"])])
      try await stack.patch("2-g.patch", ["g": numbered(20, [5: "five\n"])])
      try await stack.patch("3-thirty.patch", ["f": numbered(40, [10: "ten\nand more\n", 30: "thirty\n"])])
      try await stack.patch("4-more.patch", ["f": numbered(40, [10: "ten\nand most\n", 30: "thirty\n"])])
      try await body(stack)
    }
  }
}

@Suite struct Moves {
  @Test func aDroppedPatchGoesAndOnlyTheNumbersBehindItChange() async throws {
    try await Stack.with(["f": numbered(40), "g": numbered(20)]) { stack in
      try await stack.patch("1-ten.patch", ["f": numbered(40, [10: "ten\nand more\n"])])
      try await stack.patch("2-g.patch", ["g": numbered(20, [5: "five\n"])])
      try await stack.patch("3-thirty.patch", ["f": numbered(40, [10: "ten\nand more\n", 30: "thirty\n"])])
      let before = try stack.snapshot()
      let change = try stack.work().drop(["1"])
      #expect(change.command == "drop 1-ten.patch")
      #expect(change.number == 1)
      #expect(change.patches.map(\.outcome) == [.unchanged, .offset])
      #expect(
        change.files == [
          .init(path: "1-ten.patch", kind: .removed), .init(path: "3-thirty.patch", kind: .changed),
          .init(path: "series", kind: .changed),
        ])
      let after = try stack.snapshot()
      #expect(after["series"] == "# base: base\n2-g.patch\n3-thirty.patch\n")
      #expect(after["1-ten.patch"] == nil)
      #expect(after["2-g.patch"] == before["2-g.patch"])
      let lines = zip(
        before["3-thirty.patch"]?.split(separator: "\n") ?? [],
        after["3-thirty.patch"]?.split(separator: "\n") ?? [])
      #expect(lines.filter(!=).map { String($0.1.prefix(16)) }.last == "@@ -27,7 +27,7 @")
      #expect(lines.filter(!=).count == 2)
      _ = try await stack.applied()
    }
  }

  @Test func aPatchThatDependsOnTheDroppedOneIsNamedWithThePlace() async throws {
    try await Stack.withFour { stack in
      let reason = try stack.refusal { try stack.work().drop(["ten"]) }
      #expect(
        reason == "4-more.patch: f:10: it depends on 1-ten.patch "
          + "(both change these lines, or lines next to each other); nothing was changed", "\(reason)")
      // Both together may go.
      #expect(try stack.work().drop(["more", "ten"]).patches.map(\.name) == ["2-g.patch", "3-thirty.patch"])
    }
  }

  @Test func patchesChangePlacesAndTheTreeBehindThemStays() async throws {
    try await Stack.withFour { stack in
      let last = try await stack.applied().last
      let before = try stack.snapshot()
      let change = try stack.work().reorder(["3"], to: .before("1"))
      #expect(change.command == "reorder 3-thirty.patch --before 1-ten.patch")
      #expect(change.files.map(\.path) == ["3-thirty.patch", "series"])
      #expect(
        try stack.snapshot()["series"]
          == "# base: base\n3-thirty.patch\n1-ten.patch\n2-g.patch\n4-more.patch\n")
      #expect(try await stack.applied().last == last)
      _ = try stack.work().reorder(["1-ten.patch", "4"], to: .after("2-g"))
      #expect(
        try stack.snapshot()["series"]
          == "# base: base\n3-thirty.patch\n2-g.patch\n1-ten.patch\n4-more.patch\n")
      #expect(try await stack.applied().last == last)
      // Nothing goes in anywhere but where it says.
      if Command("patch").resolved() != nil {
        try await stack.git.git("checkout", ["-qf", "--detach", "base"])
        for patch in try Series.load(stack.directory).patches {
          let told = try await Command("patch", ["-p1", "-F0", "-i", patch.file.string], in: stack.git.path)
            .output()
          #expect(String(decoding: told, as: UTF8.self).hasPrefix("patching file "))
          #expect(!String(decoding: told, as: UTF8.self).contains("offset"))
        }
      }
      // Back where it started, each hunk has the numbers it had.
      _ = try stack.work().reorder(["1", "2"], to: .before("4"))
      _ = try stack.work().reorder(["ten", "g.patch", "thirty", "more"], to: .first)
      #expect(try stack.snapshot() == before)
    }
  }

  @Test func twoPatchesThatDependOnEachOtherAreNamed() async throws {
    try await Stack.withFour { stack in
      let reason = try stack.refusal { try stack.work().reorder(["4"], to: .first) }
      #expect(reason.hasPrefix("4-more.patch: f:10: it depends on 1-ten.patch ("), "\(reason)")
    }
  }

  @Test func aPatchThatWouldHaveNothingLeftToDoIsRefused() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try await stack.patch("1.patch", ["f": numbered(9, [5: ""])])
      try await stack.patch("2.patch", ["f": numbered(9)])
      let reason = try stack.refusal { try stack.work().reorder(["2.patch"], to: .first) }
      #expect(
        reason.hasPrefix("2.patch: nothing is left for it to do there, because of 1.patch"), "\(reason)")
    }
  }

  @Test func anOrderThatWouldComeOutOtherwiseIsRefused() async throws {
    try await Stack.with(["f": numbered(40)]) { stack in
      try await stack.patch("1.patch", ["f": numbered(40, [5: "line 5\nnew\n"])])
      try await stack.patch("2.patch", ["f": numbered(40, [20: "twenty\n"])])
      try await stack.patch(
        "3.patch", ["f": numbered(40, [5: "line 5\nnew\n", 20: "twenty\n", 30: "thirty\n"])])
      // In front of the second the third finds the new line there already, which the second then takes away.
      let reason = try stack.refusal { try stack.work().reorder(["3"], to: .before("2")) }
      #expect(
        reason.hasPrefix(
          "3.patch: f: in front of 2.patch both would fit, and the file would come out otherwise"),
        "\(reason)")
    }
  }

  @Test func aPatchThatFollowsARenameIsMergedThrough() async throws {
    try await Stack.with(["old.c": numbered(20)]) { stack in
      try await stack.patch("1-move.patch", ["old.c": nil, "new.c": numbered(20)])
      try await stack.patch("2-edit.patch", ["new.c": numbered(20, [10: "ten\n"])])
      let change = try stack.work().drop(["move"])
      #expect(change.patches.map(\.outcome) == [.merged])
      #expect(try stack.snapshot()["2-edit.patch"]?.contains("--- a/old.c\n+++ b/old.c\n") == true)
      _ = try await stack.applied()
    }
  }

  @Test func commentsGoWithTheirPatchAndHeadingsStay() async throws {
    try await Stack.withFour { stack in
      let list = """
        # My series
        # base: base

        # The first two
        1-ten.patch -p1 # why
          2-g.patch

        # heading

        # about thirty
        #  more of it
        3-thirty.patch
        4-more.patch
        # the end
        """
      try Files.write(Array(list.utf8), to: stack.directory.appending("series"))
      _ = try stack.work().reorder(["3"], to: .before("1"))
      #expect(
        try stack.snapshot()["series"] == """
          # My series
          # base: base

          # about thirty
          #  more of it
          3-thirty.patch
          # The first two
          1-ten.patch -p1 # why

          # heading

            2-g.patch
          4-more.patch
          # the end

          """)
      _ = try stack.work().drop(["1", "3", "4"])
      #expect(
        try stack.snapshot()["series"]
          == "# My series\n# base: base\n\n# The first two\n1-ten.patch -p1 # why\n\n# heading\n\n# the end\n"
      )
    }
  }

  @Test func namesAreNumbersNamesOrPartsOfThem() async throws {
    try await Stack.withFour { stack in
      let work = try stack.work()
      let series = try Series.load(stack.directory)
      #expect(try work.numbers(of: ["4", "1-ten.patch", "thir"], in: series) == [3, 0, 2])
      for (name, reason) in [
        ("5", "no patch 5; the stack has 4"),
        ("patch", "patch is a part of several names: 1-ten.patch, 2-g.patch,"),
        ("nine", "no patch nine;"), ("", "no patch ;"), ("0", "no patch 0;"),
      ] {
        let error = #expect(throws: PatchStackError.self) { try work.number(of: name, in: series) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.blame == .usage)
      }
      #expect(throws: PatchStackError.self) { try work.numbers(of: ["1", "ten"], in: series) }
    }
  }

  @Test func aDryRunTellsAndWritesNothing() async throws {
    try await Stack.withFour { stack in
      let before = try stack.snapshot()
      var work = try stack.work()
      work.isDryRun = true
      let change = try work.drop(["2"])
      #expect(change.number == nil && change.files.map(\.path) == ["2-g.patch", "series"])
      #expect(try stack.snapshot() == before)
      #expect(try StackLog(of: stack.directory, repository: stack.git.path).entries.isEmpty)
    }
  }

  @Test func aPatchWithItsOwnManyNamesFollowsARename() async throws {
    try await Stack.with(["old.c": numbered(20)]) { stack in
      try await stack.patch("1-move.patch", ["old.c": nil, "new.c": numbered(20)])
      for (strip, names) in [(0, "new.c"), (2, "a/x/new.c")] {
        let line = 5 * (strip + 1)
        let hunk =
          "@@ -\(line),3 +\(line),3 @@\n line \(line)\n-line \(line + 1)\n+changed\n line \(line + 2)\n"
        try stack.list("\(strip).patch", "--- \(names)\n+++ \(names)\n\(hunk)", options: " -p\(strip)")
      }
      _ = try stack.work().drop(["move"])
      #expect(try stack.text(stack.directory.appending("0.patch")).hasPrefix("--- old.c\n+++ old.c\n"))
      #expect(
        try stack.text(stack.directory.appending("2.patch")).hasPrefix("--- a/x/old.c\n+++ b/x/old.c\n"))
      #expect(try stack.rebase(onto: "base").patches.map(\.outcome) == [.unchanged, .unchanged])
    }
  }

  @Test func twoThatWorkAtOnceDoSoOneAfterTheOther() async throws {
    try await Stack.withFour { stack in
      let work = try stack.work()
      await withTaskGroup(of: Void.self) { group in
        for name in ["2-g.patch", "3-thirty.patch", "4-more.patch"] {
          group.addTask { _ = try? work.drop([name]) }
        }
      }
      #expect(try stack.snapshot()["series"] == "# base: base\n1-ten.patch\n")
      #expect(try StackLog(of: stack.directory, repository: stack.git.path).entries.count == 3)
    }
  }
}

@Suite struct UndoAndLog {
  @Test func eachChangeIsOnRecordAndUndone() async throws {
    try await Stack.withFour { stack in
      let start = try stack.snapshot()
      _ = try stack.work().drop(["4"])
      let dropped = try stack.snapshot()
      _ = try stack.work().reorder(["3"], to: .first)
      let reordered = try stack.snapshot()
      #expect(try stack.work().undo().command == "undo 2: reorder 3-thirty.patch --first")
      #expect(try stack.snapshot() == dropped)
      // An undo undone is the change again.
      _ = try stack.work().undo()
      #expect(try stack.snapshot() == reordered)
      _ = try stack.work().undo(1)
      #expect(try stack.snapshot() == start)
      let log = try StackLog(of: stack.directory, repository: stack.git.path)
      #expect(
        log.entries.map(\.command) == [
          "drop 4-more.patch", "reorder 3-thirty.patch --first", "undo 2: reorder 3-thirty.patch --first",
          "undo 3: undo 2: reorder 3-thirty.patch --first", "undo 1: drop 4-more.patch",
        ])
      #expect(log.entries.first?.files.map(\.path) == ["4-more.patch", "series"])
      #expect(log.entries.map(\.number) == [1, 2, 3, 4, 5])
      // What is on record is what git sees.
      let commit = try #require(log.entries.first?.commit)
      #expect(try await stack.git.git("show", ["\(commit):series"]) + "\n" == dropped["series"])
      #expect(try await stack.git.git("show", ["\(commit)^:4-more.patch"]) + "\n" == start["4-more.patch"])
      try await stack.git.git("fsck", ["--strict"])
    }
  }

  @Test func whatWasChangedByHandIsNamedAndNotUndone() async throws {
    try await Stack.withFour { stack in
      _ = try stack.work().drop(["4"])
      let patch = stack.directory.appending("2-g.patch")
      let text = try stack.text(patch)
      try Files.write(Array(text.replacing("Subject:", with: "X-By: hand\nSubject:").utf8), to: patch)
      let before = try stack.snapshot()
      let error = #expect(throws: PatchStackError.self) { try stack.work().undo() }
      #expect(error?.description.contains("changed by hand since change 1: 2-g.patch;") == true)
      #expect(try stack.snapshot() == before)
      // The next change has the hand's work on record, in front of its own.
      _ = try stack.work().drop(["3"])
      let log = try StackLog(of: stack.directory, repository: stack.git.path)
      #expect(log.entries.map(\.command) == ["drop 4-more.patch", StackLog.byHand, "drop 3-thirty.patch"])
      #expect(log.entries.map { $0.files.map(\.path) }[1] == ["2-g.patch"])
      _ = try stack.work().undo(2)
      #expect(try stack.text(patch) == text)
      _ = try stack.work().undo()
      #expect(try stack.text(patch) != text)
    }
  }

  @Test func aFileInTheWayOfWhatComesBackIsNotOverwritten() async throws {
    try await Stack.withFour { stack in
      #expect(throws: PatchStackError.self) { try stack.work().undo() }
      _ = try stack.work().drop(["4"])
      try Files.write(Array("mine\n".utf8), to: stack.directory.appending("4-more.patch"))
      let error = #expect(throws: PatchStackError.self) { try stack.work().undo() }
      #expect(error?.description.contains("4-more.patch: not of the series, and in the way") == true)
      #expect(try stack.text(stack.directory.appending("4-more.patch")) == "mine\n")
    }
  }

  @Test func whatIsNotOfTheSeriesIsNeitherReadNorTouched() async throws {
    try await Stack.withFour { stack in
      try Files.write(Array("read me\n".utf8), to: stack.directory.appending("README"))
      try Files.write(Array("old\n".utf8), to: stack.directory.appending("old.patch"))
      _ = try stack.work().drop(["4"])
      try Files.write(Array("other\n".utf8), to: stack.directory.appending("README"))
      _ = try stack.work().undo()
      #expect(try stack.text(stack.directory.appending("README")) == "other\n")
      #expect(try stack.text(stack.directory.appending("old.patch")) == "old\n")
      #expect(try !Files.list(stack.directory).contains { $0.hasPrefix(".") })
    }
  }

  @Test func aLogThatCannotBeWrittenStopsTheChange() async throws {
    try await Stack.withFour { stack in
      _ = try stack.work().drop(["4"])
      let before = try stack.snapshot()
      let name = StackLog.reference(of: try realPath(stack.directory))
      // The lock of a killed run is passed over; what lies where the reference belongs is not.
      let reference = stack.git.path.appending(".git").pushing(FilePath(name))
      let aside = stack.git.path.appending("aside")
      try Files.move(reference, to: aside)
      try Files.makeDirectory(reference)
      try stack.write("", to: reference.appending("in-the-way"))
      let error = #expect(throws: PatchStackError.self) { try stack.work().drop(["3"]) }
      #expect(error?.blame == .infrastructure)
      try Files.remove(reference)
      try Files.move(aside, to: reference)
      #expect(try stack.snapshot() == before)
      _ = try stack.work().drop(["3"])
      #expect(try StackLog(of: stack.directory, repository: stack.git.path).entries.count == 2)
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting takes root"))
  func aFullDiskLeavesAllAsItWasAndAnotherFileSystemWillDo() async throws {
    try await Stack.withFour { stack in
      let place = stack.directory.removingLastComponent().appending("disk")
      try await SmallDisk.with(at: place) {
        let series = place.appending("series")
        try Files.makeDirectory(series)
        for (name, text) in try stack.snapshot() { try stack.write(text, to: series.appending(name)) }
        let work = try StackWork(on: series, repository: stack.git.path)
        _ = try work.drop(["4"])
        let before = try SeriesFiles(in: series)
        // What is left of the disk goes, page by page.
        for number in 0..<1000 {
          guard
            (try? Files.write(Array(repeating: 0, count: 4096), to: place.appending("fill\(number)"))) != nil
          else { break }
        }
        let error = #expect(throws: PatchStackError.self) { try work.drop(["1"]) }
        #expect(error?.description.contains("make room there") == true)
        #expect(try SeriesFiles(in: series) == before)
        #expect(try Files.list(series).allSatisfy { !$0.hasPrefix(".") })
        try Files.remove(place.appending("fill0"))
        try Files.remove(place.appending("fill1"))
        try Files.remove(place.appending("fill2"))
        try Files.remove(place.appending("fill3"))
        _ = try work.undo()
        #expect(try Series.load(series).patches.count == 4)
      }
    }
  }

  @Test func aMailboxIsNoDirectoryToChange() async throws {
    try await Stack.withFour { stack in
      let mailbox = stack.directory.appending("1-ten.patch")
      let error = #expect(throws: PatchStackError.self) {
        try StackWork(on: mailbox, repository: stack.git.path)
      }
      #expect(error?.description.contains("a mailbox; write it as a series with: xip-rebase refresh") == true)
      let annotation = try Annotation(
        of: "f", in: try Series.load(mailbox, base: "base"), repository: stack.git.path)
      #expect(annotation.lines.compactMap(\.patch).count == 2)
    }
  }

  @Test func theLogIsThatOfTheDirectoryHoweverItIsReached() async throws {
    try await Stack.withFour { stack in
      let link = stack.directory.removingLastComponent().appending("link")
      #expect(symlink("series", link.string) == 0)
      _ = try StackWork(on: link, repository: stack.git.path).drop(["4"])
      #expect(try stack.snapshot()["4-more.patch"] == nil)
      #expect(try StackLog(of: stack.directory, repository: stack.git.path).entries.count == 1)
      _ = try stack.work().undo()
      #expect(try stack.snapshot()["4-more.patch"] != nil)
    }
  }
}
