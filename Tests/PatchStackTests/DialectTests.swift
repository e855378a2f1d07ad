import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

@Suite struct Dialects {
  @Test func aPlainDiffBehindAMailHeader() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try stack.list(
        "0001.patch",
        """
        From: A U Thor <a@example.com>
        Date: Sat, 12 Jul 2025 09:08:07 +0200
        Subject: [PATCH 1/5] mips: do this
         and that

        Why.

        Signed-off-by: A U Thor <a@example.com>
        ---
         f | 2 +-
        --- linux.orig/f\t2025-07-12 09:00:00.000000000 +0200
        +++ linux/f\t2025-07-12 09:01:00.000000000 +0200
        @@ -4,3 +4,3 @@
         line 4
        -line 5
        +five
         line 6

        """)
      try stack.write(onto: "base")
      #expect(try await stack.content(of: "f") == numbered(9, [5: "five\n"]))
      #expect(
        try await stack.git.git("log", ["-1", "--format=%an|%ae|%aI|%B", "out"])
          == "A U Thor|a@example.com|2025-07-12T09:08:07+02:00|mips: do this and that\n\nWhy.\n\n"
          + "Signed-off-by: A U Thor <a@example.com>\n")
    }
  }

  @Test(arguments: ["/dev/null", "a/g\t1970-01-01 01:00:00.000000000 +0100"])
  func aNewFileWithoutAMode(old: String) async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try stack.list("one", "--- \(old)\n+++ b/g\n@@ -0,0 +1,2 @@\n+1\n+2\n")
      try stack.write(onto: "base")
      #expect(try await stack.git.git("ls-tree", ["out", "g"]).hasPrefix("100644 blob"))
      #expect(try await stack.content(of: "g") == "1\n2\n")
    }
  }

  @Test func aBinaryPatchWithLiteralAndDelta() async throws {
    let noise = { (seed: Int) in
      (0..<4000).map { String(($0 * 7919 + seed * $0 * $0) % 1_000_003, radix: 36) }.joined(separator: "\0")
    }
    try await Stack.with(["f": noise(1)]) { stack in
      try await stack.patch("one", ["f": noise(1) + "\0more", "g": "\0new\n"])
      try await stack.patch("two", ["f": nil, "g": "\0changed\n"])
      let patch = String(decoding: try Files.read(stack.directory.appending("one")), as: UTF8.self)
      #expect(patch.contains("\ndelta ") && patch.contains("\nliteral "))
      try await stack.target(["h": "h\n"])
      #expect(try stack.write().isClean)
      #expect(try await stack.git.git("diff", ["--stat", "stack", "out", "--", "f", "g"]) == "")
    }
  }

  @Test func aLastLineWithoutALineFeed() async throws {
    try await Stack.with(["f": "1\n2", "g": "1\n2\n"]) { stack in
      try await stack.patch("one", ["f": "1\n2\n", "g": "1\n2"])
      try stack.write(onto: "base")
      #expect(
        try await stack.git.git("rev-parse", ["out^{tree}"]) == stack.git.git("rev-parse", ["stack^{tree}"]))
    }
  }

  @Test func aPatchToAFileWithCarriageReturns() async throws {
    let dos = numbered(9).replacing("\n", with: "\r\n")
    try await Stack.with(["f": dos]) { stack in
      try await stack.patch("one", ["f": dos.replacing("line 5\r", with: "five\r")])
      try stack.write(onto: "base")
      #expect(
        try await stack.git.git("rev-parse", ["out^{tree}"]) == stack.git.git("rev-parse", ["stack^{tree}"]))
    }
  }

  @Test func aMailerThatEndedEveryLineInACarriageReturn() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try await stack.patch("one", ["f": numbered(9, [5: "five\n"])])
      let file = stack.directory.appending("one")
      let unix = String(decoding: try Files.read(file), as: UTF8.self)
      try Files.write(Array(unix.replacing("\n", with: "\r\n").utf8), to: file)
      try stack.write(onto: "base")
      #expect(try await stack.content(of: "f") == numbered(9, [5: "five\n"]))
      #expect(try await stack.git.git("log", ["-1", "--format=%B", "out"]) == "tip-one\n")
    }
  }

  @Test func aSignatureBehindTheLastHunkIsNoRemovedLine() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      let hunk = "--- a/f\n+++ b/f\n@@ -7,3 +7,3 @@\n line 7\n line 8\n-line 9\n+nine\n"
      try stack.list("one", hunk + "-- \n2.39.5\n\n")
      try stack.write(onto: "base")
      #expect(try await stack.content(of: "f") == numbered(9, [9: "nine\n"]))
    }
  }

  @Test func stripLevelsReversalCommentsAndSubdirectoriesOfASeries() async throws {
    try await Stack.with(["d/f": numbered(9), "g": numbered(9, [5: "five\n"])]) { stack in
      let hunk = "@@ -4,3 +4,3 @@\n line 4\n-line 5\n+five\n line 6\n"
      try Files.makeDirectory(stack.directory.appending("sub"))
      try stack.list("sub/zero", "--- d/f\n+++ d/f\n" + hunk, options: " -p0  # comment")
      try stack.list("# not a patch, and an empty line\n", "")
      try stack.list("reverse", "--- x/y/g\n+++ x/y/g\n" + hunk, options: "\t-p2 -R")
      let series = try Series.load(stack.directory)
      #expect(series.patches.map(\.name) == ["sub/zero", "reverse"])
      try stack.write(onto: "base")
      #expect(try await stack.content(of: "d/f") == numbered(9, [5: "five\n"]))
      #expect(try await stack.content(of: "g") == numbered(9))
    }
  }

  @Test func aSeriesNamesWhatIsMissingListedTwiceOrNotListed() async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try stack.list("one.patch", "words\n")
      try Files.write([], to: stack.directory.appending("stray.patch"))
      #expect(try Series.load(stack.directory).unlisted == ["stray.patch"])
      let list = stack.directory.appending("series")
      for (text, reason) in [
        ("# base: base\none.patch\n\nno.patch\n", "series:4: no.patch is not there"),
        ("# base: base\none.patch\none.patch\n", "series:3: one.patch is listed twice"),
        ("# base: base\n../one.patch\n", "series:2: ../one.patch is not inside the directory of the series"),
        ("# base: base\none.patch -x\n", "series:2: unknown option -x of one.patch"),
      ] {
        try Files.write(Array(text.utf8), to: list)
        let error = #expect(throws: PatchStackError.self) { try Series.load(stack.directory) }
        #expect(error?.description.hasSuffix(reason) == true)
        #expect(error?.blame == .usage)
      }
      try Files.write(Array("one.patch\n".utf8), to: list)
      #expect(throws: PatchStackError.self) { try Series.load(stack.directory) }
      #expect(try Series.load(stack.directory, base: "base").base == "base")
    }
  }

  @Test func bytesThatAreNotUTF8AndEncodedHeadersSurvive() async throws {
    try await Stack.with(["f": "1\n2\n3\n"]) { stack in
      var patch = Array(
        """
        From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
        From: =?ISO-8859-1?Q?J=FCrgen_M=FCller?= <j@example.com>
        Date: Sat, 12 Jul 2025 09:08:07 +0000
        Subject: [PATCH] =?UTF-8?q?Gr=C3=BC=C3=9Fe?= =?UTF-8?B?IHVuZCBtZWhy?=

        --- a/f
        +++ b/f
        @@ -1,3 +1,3 @@
         1
        -2

        """.utf8)
      patch += Array("+M".utf8) + [0xfc] + Array("\n 3\n".utf8)
      try stack.list("one", "")
      try Files.write(patch, to: stack.directory.appending("one"))
      try stack.write(onto: "base")
      let blob = try await Command("git", ["show", "out:f"], in: stack.git.path).output()
      #expect(blob == Array("1\nM".utf8) + [0xfc] + Array("\n3\n".utf8))
      #expect(
        try await stack.git.git("log", ["-1", "--format=%an|%s", "out"]) == "Jürgen Müller|Grüße und mehr")
    }
  }

  @Test(arguments: [
    (
      "@@ -4,4 +4,3 @@\n line 4\n-line 5\n+five\n line 6\n", 3,
      "the patch ends 1 lines before its last hunk does"
    ),
    ("@@ -4,3 +4,2 @@\n line 4\n-line 5\n+five\n line 6\n", 7, "has more lines of this kind than it counts"),
    ("@@ -4,2 +4,2 @@\n line 4\n-line 5\n+five\n line 6\n", 7, "ends by its counts, but its lines go on"),
    (
      "@@ -4,9 +4,9 @@\n line 4\n-line 5\n+five\nprose\n", 7,
      "the hunk at line 3 counts more lines than it has"
    ),
    ("@@ -4,x +4,3 @@\n line 4\n", 3, "malformed hunk header"),
    (
      "@@ -4,3 +4,3 @@\n line 4\n-line 5\n\\ No newline at end of file\n+five\n line 6\n", 8,
      "a line behind the one that ends its file without a line feed"
    ),
    ("@@ -9 +9 @@\n-line 9\n+nine", 5, "the patch ends in the middle of a line"),
    (
      "@@ -4,2 +4,2 @@\n line 4\n\rline 5\n", 5, "the hunk at line 3 counts more lines than it has"
    ),
  ])
  func aHunkWhoseCountsLieIsNamedByLine(hunk: String, line: Int, reason: String) async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try stack.list("one", "--- a/f\n+++ b/f\n" + hunk)
      let error = #expect(throws: PatchStackError.self) { try Series.load(stack.directory) }
      #expect(error?.description.contains("one:\(line): ") == true)
      #expect(error?.description.hasSuffix(reason) == true)
    }
  }

  @Test func namesWithSpacesQuotesAndOtherAlphabets() async throws {
    try await Stack.with(["a b.c": numbered(9), "q\"t": numbered(9), "grün": numbered(9)]) { stack in
      try await stack.patch(
        "one",
        ["a b.c": numbered(9, [5: "x\n"]), "q\"t": numbered(9, [5: "x\n"]), "grün": numbered(9, [5: "x\n"])])
      try stack.list("two", "diff --git a/a b.c b/a b.c\nold mode 100644\nnew mode 100755\n")
      try stack.write(onto: "base")
      #expect(
        try await stack.git.git("diff", ["--raw", "--abbrev=4", "stack", "out"]).hasPrefix(":100644 100755"))
      #expect(try await stack.git.git("diff", ["--numstat", "stack", "out"]) == "0\t0\ta b.c")
    }
  }

  @Test(arguments: ["../f", "/etc/f", "x/.git/hooks/f"])
  func aPathThatLeavesTheTreeIsRefused(path: String) async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try stack.list("one", "--- /dev/null\n+++ \(path)\n@@ -0,0 +1 @@\n+x\n", options: " -p0")
      let error = #expect(throws: PatchStackError.self) { try Series.load(stack.directory) }
      #expect(error?.description.contains("one:2: \(path) ") == true)
    }
  }

  @Test func theIdentityIsKCIDBs() async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try stack.list("one", "1\n")
      try stack.list("two", "2\n")
      let sums =
        "cd \(shellQuoted(stack.directory.string)) && for f in one two; do sha256sum <$f | cut -d' ' -f1; done"
      let hash = try await Command("sh", ["-c", "{ \(sums); } | sha256sum"]).output()
      #expect(String(decoding: hash.prefix(64), as: UTF8.self) == (try Series.load(stack.directory).identity))
    }
  }

  @Test func aMailboxIsASeriesOfItsMessages() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try await stack.patch("one", ["f": numbered(9, [2: "From me to you\n"])])
      try await stack.patch("two", ["f": numbered(9, [2: "From me to you\n", 8: "eight\n"])])
      let mailbox = stack.directory.appending("mbox")
      let names = ["one", "two"].map { stack.directory.appending($0) }
      try Files.write(try names.flatMap { try Files.read($0) }, to: mailbox)
      #expect(throws: PatchStackError.self) { try Series.load(mailbox) }
      let series = try Series.load(mailbox, base: "base")
      #expect(series.patches.map(\.name) == ["0001-tip-one.patch", "0002-tip-two.patch"])
      let result = try Rebaser.run(series, onto: "base", repository: stack.git.path, mode: .dryRun)
      #expect(result.commit == (try stack.rebase(onto: "base").commit))
    }
  }
}
