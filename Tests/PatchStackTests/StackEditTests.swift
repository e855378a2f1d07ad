import Git
import Host
import SystemPackage
import TestSupport
import Testing

@testable import PatchStack

#if canImport(Glibc)
  import Glibc
#endif

extension Stack {
  /// Where edits and stopped rebases wait.
  var waiting: FilePath { directory.removingLastComponent().appending("waiting") }

  func input(_ text: String) -> StackWork.Input { StackWork.Input(Array(text.utf8), from: "given") }

  func write(_ text: String, to path: FilePath) throws { try Files.write(Array(text.utf8), to: path) }

  func patchText(_ name: String) throws -> String { try text(directory.appending(name)) }

  /// Returns the tree behind the stack by its paths, as `git am` makes it.
  func tree() async throws -> String {
    _ = try await applied()
    return try await git.git("ls-tree", ["-r", "HEAD"])
  }
}

@Suite struct Messages {
  @Test func aNewMessageKeepsTheMailHeaderAndTheDiff() async throws {
    try await Stack.withFour { stack in
      let before = try stack.snapshot()
      let change = try stack.work().edit(
        "2", message: stack.input("g: count to five\n\nBecause it is.\n\nSigned-off-by: B <b@example.com>\n"),
        with: nil)
      #expect(change.files.map(\.path) == ["2-g.patch"])
      let after = try stack.snapshot()
      for name in ["1-ten.patch", "3-thirty.patch", "4-more.patch", "series"] {
        #expect(after[name] == before[name])
      }
      let old = try #require(before["2-g.patch"])
      #expect(
        after["2-g.patch"]
          == old.replacing(
            "Subject: [PATCH] tip-2-g.patch\n\n",
            with: "Subject: [PATCH] g: count to five\n\nBecause it is.\n\nSigned-off-by: B <b@example.com>\n")
      )
      _ = try await stack.applied()
      #expect(
        try await stack.git.git("log", ["--format=%an|%s|%b", "-1", "HEAD~2"])
          == "A U Thor|g: count to five|Because it is.\n\nSigned-off-by: B <b@example.com>\n")
      // With a header of its own the text is all of it.
      _ = try stack.work().edit(
        "2", message: stack.input("From: C <c@example.com>\nSubject: other\n\nbody\n"), with: nil)
      _ = try await stack.applied()
      #expect(try await stack.git.git("log", ["--format=%an|%s|%b", "-1", "HEAD~2"]) == "C|other|body\n")
    }
  }

  @Test func thePlainProseOfAQuiltPatchIsReplaced() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      let diff = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-line 1\n+one\n line 2\n"
      try stack.list("1.patch", "What it does\n\n" + diff, options: " -p1")
      _ = try stack.work().edit("1", message: stack.input("Other words"), with: nil)
      #expect(try stack.patchText("1.patch") == "Other words\n\n" + diff)
    }
  }

  @Test(arguments: ["", " \n", "subject\n\n---\nmore", "subject\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"])
  func aMessageThatWouldNotBeReadAsOneIsRefused(message: String) async throws {
    try await Stack.withFour { stack in
      let before = try stack.snapshot()
      let error = #expect(throws: PatchStackError.self) {
        try stack.work().edit("2", message: stack.input(message), with: nil)
      }
      #expect(error?.blame == .usage)
      #expect(try stack.snapshot() == before)
    }
  }
}

@Suite struct Diffs {
  @Test func aDiffIsFoldedInAndThePatchesAboveAreCarriedOverIt() async throws {
    try await Stack.withFour { stack in
      let before = try stack.snapshot()
      let diff = """
        --- a/f
        +++ b/f
        @@ -1,3 +1,4 @@
        +at the start
         line 1
         line 2
         line 3

        """
      let change = try stack.work().edit("1", message: nil, with: stack.input(diff))
      #expect(change.files.map(\.path) == ["1-ten.patch", "3-thirty.patch", "4-more.patch"])
      #expect(change.patches.map(\.outcome) == [.unchanged, .unchanged, .offset, .offset])
      #expect(try stack.patchText("1-ten.patch").contains("+at the start\n line 1\n"))
      // The statistics follow, and so do the ids of the file.
      #expect(
        try stack.patchText("1-ten.patch").contains(
          " f | 4 +++-\n 1 file changed, 3 insertions(+), 1 deletion(-)\n"))
      #expect(try stack.snapshot()["2-g.patch"] == before["2-g.patch"])
      _ = try await stack.applied()
      #expect(try await stack.git.git("show", ["HEAD:f"]).hasPrefix("at the start\nline 1\n"))
      _ = try stack.work().undo()
      #expect(try stack.snapshot() == before)
    }
  }

  @Test func aDiffThatAPatchAboveDoesNotGoWithIsRefused() async throws {
    try await Stack.withFour { stack in
      let diff = "--- a/f\n+++ b/f\n@@ -10,3 +10,3 @@\n ten\n-and more\n+and less\n line 11\n"
      let reason = try stack.refusal { try stack.work().edit("1", message: nil, with: stack.input(diff)) }
      #expect(
        reason.hasPrefix("4-more.patch: f:11: it does not fit what 1-ten.patch makes of it (both change"),
        "\(reason)")
      let error = #expect(throws: PatchStackError.self) {
        try stack.work().edit("2", message: nil, with: stack.input(diff.replacing("ten", with: "eleven")))
      }
      #expect(
        error?.description == "given:3: does not apply to the files at 2-g.patch: its lines are nowhere in f")
    }
  }

  @Test func aPatchThatFitsJoinsTheStackAsItIs() async throws {
    try await Stack.withFour { stack in
      let patch = try stack.patchText("4-more.patch")
      _ = try stack.work().drop(["4"])
      let change = try stack.work().add("4-again", at: .last, from: stack.input(patch), message: nil)
      #expect(change.command == "new 4-again.patch --after 3-thirty.patch")
      #expect(try stack.patchText("4-again.patch") == patch)
      #expect(try stack.patchText("series").hasSuffix("\n3-thirty.patch\n4-again.patch\n"))
      // Elsewhere its numbers are made right.
      _ = try stack.work().drop(["again"])
      let diff =
        "diff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -12,3 +12,3 @@\n line 9\n-line 10\n+ten\n line 11\n"
      _ = try stack.work().add(
        "g/tenth.patch", at: .before("1"), from: stack.input(diff),
        message: stack.input("From: A <a@example.com>\nSubject: tenth\n\n"))
      #expect(
        try stack.text(stack.directory.appending("g/tenth.patch"))
          == "From: A <a@example.com>\nSubject: tenth\n\n" + diff.replacing("12,3", with: "9,3"))
      #expect(try stack.patchText("series").hasPrefix("# base: base\ng/tenth.patch\n1-ten.patch\n"))
      _ = try await stack.applied()
    }
  }

  @Test func aNewPatchWithoutAMessageHasTheSubjectThatItsNameTells() async throws {
    try await Stack.withFour { stack in
      try await stack.git.git("config", ["user.name", "Ünal"])
      try await stack.git.git("config", ["user.email", "u@example.com"])
      let diff = "--- a/g\n+++ b/g\n@@ -9,3 +9,3 @@\n line 9\n-line 10\n+ten\n line 11\n"
      _ = try stack.work().add("0005-count-to_ten", at: .last, from: stack.input(diff), message: nil)
      _ = try await stack.applied()
      #expect(try await stack.git.git("log", ["-1", "--format=%s"]) == "count to ten")
      // Other tests of the process may have set the environment's author.
      let author = try await stack.git.git("log", ["-1", "--format=%an <%ae>"])
      #expect(["Ünal <u@example.com>", "A U Thor <author@example.com>"].contains(author))
      for name in ["0005-count-to_ten", "../x", "a b", "/abs", "#x"] {
        let error = #expect(throws: PatchStackError.self) {
          try stack.work().add(name, at: .last, from: stack.input(diff), message: nil)
        }
        #expect(error?.blame == .usage)
      }
    }
  }
}

@Suite struct OpenEdits {
  @Test func aPatchIsChangedInAFolderOfItsFiles() async throws {
    try await Stack.withFour { stack in
      let before = try stack.snapshot()
      let edit = try stack.work().beginEdit(of: "2", paths: ["f"], in: stack.waiting)
      #expect(edit.patch == "2-g.patch" && !edit.isNew)
      #expect(try Files.list(edit.files) == ["f", "g"])
      #expect(try stack.text(edit.files.appending("g")) == numbered(20, [5: "five\n"]))
      #expect(try stack.text(edit.message).hasSuffix("\nSubject: [PATCH] tip-2-g.patch\n\n"))
      #expect(try stack.snapshot() == before)
      let second = #expect(throws: PatchStackError.self) {
        try stack.work().beginEdit(of: "1", paths: [], in: stack.waiting)
      }
      #expect(second?.description.contains("an edit waits here") == true)

      try stack.write(numbered(20, [5: "V\n", 15: ""]), to: edit.files.appending("g"))
      try stack.write("first\n" + (try stack.text(edit.files.appending("f"))), to: edit.files.appending("f"))
      try stack.write("new\n", to: edit.files.appending("new file"))
      try stack.write("left by an editor\n", to: edit.files.appending("g~"))
      chmod(edit.files.appending("new file").string, 0o755)
      let waiting = try #require(try OpenEdit(in: stack.waiting))
      let change = try waiting.proceed()
      #expect(change.files.map(\.path) == ["2-g.patch", "3-thirty.patch", "4-more.patch"])
      #expect(try OpenEdit(in: stack.waiting) == nil)
      #expect(try Files.list(stack.waiting).isEmpty)
      let text = try stack.patchText("2-g.patch")
      #expect(
        text.contains(
          " f        | 1 +\n g        | 3 +--\n new file | 1 +\n 3 files changed, 3 insertions(+), 2 deletions(-)\n"
        ), "\(text)")
      #expect(text.contains("diff --git a/new file b/new file\nnew file mode 100755\n"))
      #expect(
        try await stack.tree().contains("100755 blob 3e757656cf36eca53338e520d134963a44f793f8\tnew file"))
      #expect(try await stack.git.git("show", ["HEAD:f"]).hasPrefix("first\nline 1\n"))
      _ = try stack.work().undo()
      #expect(try stack.snapshot() == before)
    }
  }

  @Test func whatIsRemovedOrRetypedInTheFolderIsSo() async throws {
    try await Stack.with(["f": numbered(9), "d/g": "g\n", "h": "h\n"]) { stack in
      try await stack.patch("1.patch", ["f": nil, "moved": numbered(9, [5: "five\n"]), "h": "hh\n"])
      let edit = try stack.work().beginEdit(of: "1", paths: ["d/g"], in: stack.waiting)
      #expect(try Files.list(edit.files) == ["d", "h", "moved"])
      try Files.remove(edit.files.appending("d/g"))
      try Files.remove(edit.files.appending("h"))
      symlink("moved", edit.files.appending("h").string)
      try stack.write(numbered(9, [5: "V\n"]), to: edit.files.appending("moved"))
      _ = try edit.proceed()
      let text = try stack.patchText("1.patch")
      #expect(text.contains("rename from f\nrename to moved\n"))
      #expect(text.contains("deleted file mode 100644\n") && text.contains("new file mode 120000\n"))
      _ = try await stack.applied()
      #expect(try await stack.git.git("ls-tree", ["-r", "--name-only", "HEAD"]) == "h\nmoved")
      #expect(try await stack.git.git("show", ["HEAD:h"]) == "moved")
    }
  }

  @Test func aConflictAboveKeepsTheFolderAndAbortRemovesIt() async throws {
    try await Stack.withFour { stack in
      let edit = try stack.work().beginEdit(of: "1", paths: [], in: stack.waiting)
      try stack.write(numbered(40, [10: "ten\nand less\n"]), to: edit.files.appending("f"))
      let reason = try stack.refusal { try edit.proceed() }
      #expect(
        reason.hasPrefix("4-more.patch: f:11: it does not fit what 1-ten.patch makes of it"), "\(reason)")
      #expect(reason.contains("; 1-ten.patch waits in \(edit.folder)"))
      #expect(try OpenEdit(in: stack.waiting) != nil)
      // What was changed elsewhere in the meantime is not overwritten.
      _ = try stack.work().drop(["4"])
      let error = #expect(throws: PatchStackError.self) { try edit.proceed() }
      #expect(error?.description.contains("the series changed since") == true)
      _ = try stack.work().undo()
      try stack.write(numbered(40, [10: "ten\nand more\n", 20: "twenty\n"]), to: edit.files.appending("f"))
      #expect(try edit.proceed().number == 3)

      let other = try stack.work().beginEdit(of: "2", paths: [], in: stack.waiting)
      let before = try stack.snapshot()
      #expect(try other.proceed().files == [])
      #expect(try OpenEdit(in: stack.waiting) == nil)
      try stack.work().beginEdit(of: "2", paths: [], in: stack.waiting).abort()
      #expect(try OpenEdit(in: stack.waiting) == nil)
      #expect(try stack.snapshot() == before)
    }
  }

  @Test func aNewPatchIsMadeInAFolder() async throws {
    try await Stack.withFour { stack in
      try await stack.git.git("config", ["user.name", "U"])
      try await stack.git.git("config", ["user.email", "u@example.com"])
      let edit = try stack.work().beginAdding("5-new", at: .after("2"), paths: ["g"], in: stack.waiting)
      #expect(edit.isNew && edit.patch == "5-new.patch")
      #expect(try stack.text(edit.files.appending("g")) == numbered(20, [5: "five\n"]))
      let nothing = #expect(throws: PatchStackError.self) { try edit.proceed() }
      #expect(nothing?.description.hasPrefix("5-new.patch: it would change nothing") == true)
      try stack.write(numbered(20, [5: "five\n", 7: "seven\n"]), to: edit.files.appending("g"))
      #expect(try edit.proceed().command == "new 5-new.patch --after 2-g.patch")
      #expect(try stack.patchText("series").contains("\n2-g.patch\n5-new.patch\n3-thirty.patch\n"))
      #expect(
        try stack.patchText("5-new.patch").contains(
          "\nSubject: [PATCH] new\n\n---\n g | 2 +-\n 1 file changed,"))
      _ = try await stack.applied()
      for path in ["../x", "d"] {
        try await stack.git.commit("other", ["d/x": "x\n"])
        #expect(throws: (any Error).self) {
          try StackWork(on: stack.directory, base: "other", repository: stack.git.path)
            .beginAdding("6", at: .last, paths: [path], in: stack.waiting)
        }
      }
    }
  }

  @Test func namesAndTextsThatAreNotUTF8StayWhatTheyAre() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try stack.write("# base: base\n", to: stack.directory.appending("series"))
      let diff =
        Array("diff --git \"a/\\351t\\351\" \"b/\\351t\\351\"\nnew file mode 100644\n--- /dev/null\n".utf8)
        + Array("+++ \"b/\\351t\\351\"\n@@ -0,0 +1 @@\n+".utf8) + [0xe9, 0x0a]
      _ = try stack.work().add(
        "1", at: .last, from: .init(diff, from: "given"),
        message: stack.input("From: A <a@b>\nSubject: s\n\n"))
      let edit = try stack.work().beginEdit(of: "1", paths: [], in: stack.waiting)
      try stack.write("more\n", to: edit.files.appending("f"))
      _ = try edit.proceed()
      _ = try await stack.applied()
      #expect(try await stack.git.git("ls-tree", ["-r", "--name-only", "HEAD"]) == "f\n\"\\351t\\351\"")
      let again = try stack.work().beginEdit(of: "1", paths: [], in: stack.waiting)
      let found = try EditFolder(path: again.files).files { _ in true }
      #expect(found.map(\.path.bytes).contains([0xe9, 0x74, 0xe9]))
      #expect(found.map(\.content).contains([0xe9, 0x0a]))
    }
  }
}

@Suite struct OtherDialects {
  /// A plain quilt series: `-p0`, `-R`, no mail header, a subdirectory.
  @Test func aForeignSeriesKeepsItsManners() async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(20)]) { stack in
      try Files.makeDirectory(stack.directory.appending("sub"))
      try stack.list(
        "sub/one.diff",
        "One\n\nIndex: f\n--- f.orig\t2001-01-01\n+++ f\t2001-01-02\n@@ -4,3 +4,4 @@\n line 4\n+one\n line 5\n line 6\n",
        options: " -p0")
      try stack.list(
        "two.diff", "--- a/g\n+++ b/g\n@@ -4,3 +4,3 @@\n line 4\n-five\n+line 5\n line 6\n",
        options: " -p1 -R")
      try stack.list(
        "three.diff", "--- x/y/f\n+++ x/y/f\n@@ -15,3 +15,3 @@\n line 14\n-line 15\n+15\n line 16\n",
        options: " -p2")
      let before = try stack.snapshot()
      let last = try Rebaser.run(
        try Series.load(stack.directory), onto: "base", repository: stack.git.path, mode: .dryRun
      ).tree
      func tree() throws -> ObjectID? { try stack.rebase(onto: "base").tree }
      _ = try stack.work().reorder(["three", "two", "one"], to: .first)
      #expect(try tree() == last)
      #expect(
        try stack.patchText("series") == "# base: base\nthree.diff -p2\ntwo.diff -p1 -R\nsub/one.diff -p0\n")
      #expect(
        try stack.patchText("three.diff")
          == before["three.diff"]?.replacing("@@ -15,3 +15,3 @@", with: "@@ -14,3 +14,3 @@"))
      _ = try stack.work().undo()
      #expect(try stack.snapshot() == before)

      for (name, file, change) in [
        ("one", "f", [5: "line five\n"]), ("two", "g", [5: "V\n"]), ("three", "f", [16: "16\n"]),
      ] {
        let edit = try stack.work().beginEdit(of: name, paths: [], in: stack.waiting)
        let content = try stack.text(edit.files.appending(file))
        let number = try #require(change.keys.first)
        try stack.write(
          content.replacing(file == "g" ? "five\n" : "line \(number)\n", with: change[number] ?? ""),
          to: edit.files.appending(file))
        try stack.write("made by \(name)\n", to: edit.files.appending("new-\(name)"))
        _ = try edit.proceed()
      }
      let series = try Series.load(stack.directory)
      #expect(series.patches.map(\.strip) == [0, 1, 2])
      #expect(series.patches.map(\.changes.count) == [2, 2, 2])
      #expect(
        try stack.text(stack.directory.appending("sub/one.diff")).contains(
          "--- /dev/null\n+++ new-one\n@@ -0,0 +1 @@\n"))
      #expect(
        try stack.patchText("two.diff").contains(
          "--- a/new-two\n+++ /dev/null\n@@ -1 +0,0 @@\n-made by two\n"))
      // The judge: quilt itself.
      try await stack.git.git("checkout", ["-qf", "--detach", "base"])
      if Command("quilt").resolved() != nil {
        var environment = GitFixture.sealed(home: stack.git.path)
        environment["QUILT_PATCHES"] = stack.directory.string
        environment["QUILT_PC"] = stack.directory.removingLastComponent().appending("pc").string
        _ = try await Command(
          "quilt", ["--quiltrc", "-", "push", "-a", "--fuzz=0"], environment: environment, in: stack.git.path
        ).output()
        try await stack.git.git("add", ["-A"])
        #expect(try await stack.git.git("write-tree") == "\(try #require(try tree()))")
      }
    }
  }
}

@Suite struct VariantsOfAStack {
  /// A series of two patches, of which the variant `old` has its own first one.
  private func withVariant(_ body: (Stack) async throws -> Void) async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(9)]) { stack in
      try await stack.git.commit(
        "old-base", ["f": "old\n" + numbered(20)], branch: "old", over: "refs/tags/base")
      try await stack.patch("one.patch", ["f": numbered(20, [5: "five\n"])])
      try await stack.patch("two.patch", ["f": numbered(20, [5: "five\n"]), "g": numbered(9, [5: "V\n"])])
      let old = stack.directory.appending("old")
      try Files.makeDirectory(old)
      try Files.write(Array("# base: old-base\none.patch\ntwo.patch\n".utf8), to: old.appending("series"))
      let own = try stack.patchText("one.patch").replacing("@@ -2,7 +2,7 @@", with: "@@ -3,7 +3,7 @@")
      try Files.write(Array(own.utf8), to: old.appending("one.patch"))
      try stack.write("v5.10 v6.1 old\nv6.12 - .\n", to: stack.directory.appending("variants.list"))
      try await body(stack)
    }
  }

  @Test func aPatchThatAVariantSharesStaysWithIt() async throws {
    try await withVariant { stack in
      let before = try stack.snapshot()
      let change = try stack.work().drop(["two"])
      #expect(change.notes == ["old/two.patch keeps what it was for that variant"])
      #expect(change.files.map(\.path) == ["old/two.patch", "series", "two.patch"])
      let old = try Series.load(stack.directory, variant: "old")
      #expect(old.patches.map(\.name) == ["one.patch", "two.patch"])
      #expect(try stack.snapshot()["old/two.patch"] == before["two.patch"])
      _ = try stack.work().undo()
      #expect(try stack.snapshot() == before)
      // A message is for all of them.
      #expect(
        try stack.work().edit("two", message: stack.input("other"), with: nil).files.map(\.path) == [
          "two.patch"
        ])
    }
  }

  @Test func aVariantIsWorkedOnWithoutTheSeries() async throws {
    try await withVariant { stack in
      let before = try stack.snapshot()
      let change = try stack.work("old").drop(["two"])
      #expect(change.command == "drop two.patch --variant old")
      #expect(change.files.map(\.path) == ["old/series"])
      #expect(try stack.snapshot()["two.patch"] == before["two.patch"])
      _ = try stack.work("old").undo()
      let diff = "--- a/g\n+++ b/g\n@@ -7,3 +7,3 @@\n line 7\n-line 8\n+VIII\n line 9\n"
      #expect(
        try stack.work("old").edit("two", message: nil, with: stack.input(diff)).files.map(\.path) == [
          "old/two.patch"
        ])
      #expect(try Series.load(stack.directory).patches.map(\.name) == ["one.patch", "two.patch"])
      #expect(try stack.snapshot()["two.patch"] == before["two.patch"])
    }
  }
}
