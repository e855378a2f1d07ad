import Host
import SystemPackage
import TestSupport
import Testing

extension Checkout {
  /// Adds two patches to the series: the second depends on the first, `one.patch` on neither.
  func addPatches() throws {
    let two = """
      From: A U Thor <author@example.com>
      Subject: [PATCH] Add two

      --- a/b
      +++ b/b
      @@ -1 +1,2 @@
       b
      +two

      """
    let three = """
      From: A U Thor <author@example.com>
      Subject: [PATCH] Add three

      --- a/b
      +++ b/b
      @@ -1,2 +1,3 @@
       b
      +three
       two

      """
    let list = Array("# base: v6.12.38\none.patch\ntwo.patch\nthree.patch\n".utf8)
    try Files.write(Array(two.utf8), to: series.appending("two.patch"))
    try Files.write(Array(three.utf8), to: series.appending("three.patch"))
    try Files.write(list, to: series.appending("series"))
  }

  /// The files of the series' directory, hidden ones too, and their contents.
  func contents() throws -> [String: String] {
    var contents: [String: String] = [:]
    for name in try Files.list(series) {
      let path = series.appending(name)
      contents[name] =
        Files.isDirectory(path) ? "a directory" : String(decoding: try Files.read(path), as: UTF8.self)
    }
    return contents
  }
}

@Test func theStackIsWorkedOnAndEveryChangeTold() async throws {
  try await Checkout.with { checkout in
    try checkout.addPatches()
    let start = try checkout.contents()
    let refused = try await checkout.run("drop", "two")
    #expect(refused.status == .exited(1))
    #expect(
      refused.errorText
        == "xip-rebase: three.patch: b:2: it depends on two.patch "
        + "(both change these lines, or lines next to each other); nothing was changed\n")
    #expect(try await checkout.run("drop", "9").status == .exited(2))
    #expect(try await checkout.run("reorder", "one").status == .exited(2))
    #expect(try await checkout.run("reorder", "one", "--first", "--last").status == .exited(2))
    #expect(try checkout.contents() == start)

    let moved = try await checkout.run("reorder", "1", "--last")
    #expect(moved.text == "! series\nchange 1: reorder one.patch --last\n", "\(moved.errorText)")
    let dropped = try await checkout.run("drop", "three", "--json")
    #expect(
      dropped.text == """
        {
          "change" : 2,
          "command" : "drop three.patch",
          "files" : [
            {
              "kind" : "changed",
              "path" : "series"
            },
            {
              "kind" : "removed",
              "path" : "three.patch"
            }
          ],
          "notes" : [

          ],
          "patches" : [
            {
              "name" : "two.patch",
              "outcome" : "unchanged"
            },
            {
              "name" : "one.patch",
              "outcome" : "unchanged"
            }
          ],
          "schema" : 1
        }

        """, "\(dropped.text)")
    let log = try await checkout.run("log")
    #expect(log.text.contains("1       2"), "\(log.text)")
    #expect(log.text.contains("reorder one.patch --last  !series\n"))
    let document = try await checkout.run("log", "--json").text
    #expect(
      document.hasPrefix(
        "{\n  \"changes\" : [\n    {\n      \"command\" : \"reorder one.patch --last\",\n      \"commit\" : \""
      ))
    #expect(document.contains(#""kind" : "removed","#) && document.contains(#""number" : 2"#))
    #expect(
      document.contains(/"date" : "20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ",/)
        && document.hasSuffix("\"schema\" : 1\n}\n"))
    #expect(try await checkout.run("undo", "1").status == .exited(0))
    #expect(try checkout.contents() == start)
    try Files.write(Array("# base: v6.12.38\none.patch\n".utf8), to: checkout.series.appending("series"))
    let byHand = try await checkout.run("undo")
    #expect(byHand.status == .exited(2))
    #expect(byHand.errorText.contains("changed by hand since change 3: series, three.patch and two.patch;"))
  }
}

@Test func aPatchIsEditedInAFolderAndTheOpenEditIsNamed() async throws {
  try await Checkout.with { checkout in
    try checkout.addPatches()
    let start = try checkout.contents()
    let folder = checkout.project.appending("conflicts/edit")
    let run = try await checkout.run("edit", "one")
    #expect(run.text.hasPrefix("one.patch waits in \(folder)\n"), "\(run.errorText)")
    let status = try await checkout.tool().run("status")
    #expect(status.text.hasPrefix("one.patch is being changed in \(folder)\n"))
    let document = try await checkout.tool().run("status", "--json").text
    #expect(document.contains(#""edit" : {"#) && document.contains(#""isNew" : false,"#))
    #expect(try await checkout.run("edit", "two").status == .exited(2))

    // A rebase that waits too: continue and abort want to know which.
    try await checkout.conflict("v6.13")
    #expect(try await checkout.run("onto", "v6.13", "--rebase-only").status == .exited(1))
    let unclear = try await checkout.tool().run("abort")
    #expect(unclear.status == .exited(2))
    #expect(unclear.errorText.contains("name one of those that wait: edit, v6.13"))
    #expect(try await checkout.tool().run("abort", "v6.13").status == .exited(0))
    #expect(try checkout.contents() == start)

    let file = folder.appending("files/a")
    let text = String(decoding: try Files.read(file), as: UTF8.self)
    try Files.write(Array(text.replacing("line eleven", with: "line XI").utf8), to: file)
    let done = try await checkout.tool().run("continue")
    #expect(done.text == "one.patch  edited\n! one.patch\nchange 1: edit one.patch\n", "\(done.errorText)")
    #expect(try checkout.contents()["one.patch"]?.contains("\n+line XI\n") == true)
    #expect(try await checkout.tool().run("continue", "edit").status == .exited(2))
    #expect(try await checkout.tool().run("continue", "nonsense").status == .exited(2))
    #expect(try await checkout.tool().run("status").text == "nothing waits\n")

    #expect(try await checkout.run("new", "four", "b").status == .exited(0))
    try Files.write(Array("four\n".utf8), to: folder.appending("files/four"))
    try Files.write(Array("From: A <a@example.com>\nSubject: four\n\n".utf8), to: folder.appending("message"))
    #expect(try await checkout.tool().run("continue", "edit").status == .exited(0))
    #expect(try checkout.contents()["series"]?.hasSuffix("\nthree.patch\nfour.patch\n") == true)
    #expect(try await checkout.run("undo", "1").status == .exited(0))
    #expect(try checkout.contents() == start)
  }
}

@Test func aMessageOrADiffComesFromAFileOrStandardInput() async throws {
  try await Checkout.with { checkout in
    try checkout.addPatches()
    let given = checkout.directory.appending("given")
    try Files.write(Array("Other words\n".utf8), to: given)
    let run = try await checkout.run("edit", "two", "--message", given.string)
    #expect(run.text == "two.patch  edited\n! two.patch\nchange 1: edit two.patch\n", "\(run.errorText)")
    #expect(try checkout.contents()["two.patch"]?.contains("Subject: [PATCH] Other words\n") == true)
    try Files.write(Array("--- a/b\n+++ b/b\n@@ -3 +3,2 @@\n two\n+more\n".utf8), to: given)
    let piped = try await Command(
      "sh", ["-c", "\"$@\" < \(given)", "sh", Tool.path, "new", "four", "--from", "-"] + checkout.ownKernel,
      environment: [
        "XDG_CACHE_HOME": checkout.cache.string, "GIT_AUTHOR_NAME": "Ünal",
        "GIT_AUTHOR_EMAIL": "u@example.com",
      ], in: checkout.project
    ).completion()
    #expect(
      piped.text == "four.patch  new\n+ four.patch\n! series\nchange 2: new four.patch --after three.patch\n",
      "\(piped.errorText)")
    let four = try #require(try checkout.contents()["four.patch"])
    #expect(
      four.hasPrefix("From: Ünal <u@example.com>\nDate: ")
        && four.contains("\nSubject: [PATCH] four\n\n--- a/b"))
    let bad = try await checkout.run("edit", "one", "--with", given.string)
    #expect(bad.status == .exited(2))
    #expect(bad.errorText.contains("given:3: does not apply to the files at one.patch"), "\(bad.errorText)")
    #expect(try await checkout.run("edit", "one", "b", "--with", given.string).status == .exited(2))
    #expect(try await checkout.run("edit", "one", "--with", "-", "--message", "-").status == .exited(2))
    #expect(try await checkout.run("edit", "one", "--with", "nowhere").status == .exited(3))
  }
}

@Test func annotateTellsTheOwnersOfLines() async throws {
  try await Checkout.with { checkout in
    try checkout.addPatches()
    let run = try await checkout.run("annotate", "b")
    #expect(run.text == "3\t2\tthree\n2\t3\ttwo\n\n2\ttwo.patch\n3\tthree.patch\n", "\(run.errorText)")
    #expect(try await checkout.run("annotate", "b", "--all").text.hasPrefix("\t1\tb\n3\t2\tthree\n"))
    let document = try await checkout.run("annotate", "a", "--json")
    #expect(
      document.text == """
        {
          "lines" : [
            {
              "line" : 11,
              "patch" : 1,
              "text" : "line eleven"
            }
          ],
          "patches" : [
            {
              "name" : "one.patch",
              "number" : 1
            }
          ],
          "path" : "a",
          "schema" : 1
        }

        """, "\(document.text)")
    let other = try await checkout.run("annotate", "arch/mips/configs/malta_defconfig")
    #expect(other.status == .exited(2))
    #expect(other.errorText.contains("no patch of the series changes it"))
  }
}

/// A run that is killed leaves the series as it was, or as it was to become, once the next one has looked at it.
@Test(arguments: [
  ("staged", false), ("decided", true), ("logged", true), ("file:1", true), ("file:2", true),
  ("file:3", true),
  ("done", true),
])
func aKilledChangeIsWholeOrNotAtAll(point: String, isMade: Bool) async throws {
  try await Checkout.with { checkout in
    try checkout.addPatches()
    let before = try checkout.contents()
    let change = ["drop", "three", "two"]
    #expect(try await checkout.tool().run(change + checkout.ownKernel).status == .exited(0))
    let after = try checkout.contents()
    #expect(try await checkout.run("undo").status == .exited(0))
    var tool = checkout.tool(["XIP_REBASE_DIE_AT": point])
    tool.program = Tool.debugBuild
    let killed = try await tool.run(change + checkout.ownKernel)
    #expect(killed.status == .signalled(9), "\(killed.status)")

    // The next to look finishes what was begun; then nothing is left of it.
    let log = try await checkout.run("log")
    #expect(log.status == .exited(0), "\(log.errorText)")
    #expect(log.text.split(separator: "\n").count == (isMade ? 4 : 3), "\(log.text)")
    var left = try checkout.contents()
    left[".xip-rebase-change.new"] = nil
    #expect(left == (isMade ? after : before))
    // The patches that were dropped conflict with a stored version.
    #expect(try await checkout.run("check").status == .exited(isMade ? 0 : 1))

    let next = try await checkout.run(isMade ? "undo" : "drop", isMade ? "3" : "three")
    #expect(next.status == .exited(0), "\(next.errorText)")
    if isMade { #expect(try checkout.contents() == before) }
    #expect(try !checkout.contents().keys.contains { $0.hasPrefix(".") })
  }
}
