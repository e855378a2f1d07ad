import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

/// Mails as they come, each judged by `git am`: the same tree, author and message.
@Suite struct EncodedMails {
  private static let diff =
    "--- a/f\n+++ b/f\n@@ -4,3 +4,3 @@\n line 4\n-line 5\n+a = \"gr\u{fc}n\"\n line 6\n"
  private static let head = """
    From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
    From: A U Thor <a@example.com>
    Date: Sat, 12 Jul 2025 09:08:07 +0200
    Subject: [PATCH] =?UTF-8?q?Gr=C3=BCn?=

    """

  /// Returns a mail in Latin-1.
  private static func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") }
  }

  private static func mail(_ fields: String, _ body: [UInt8]) -> [UInt8] {
    Array((head + fields + "\n").utf8) + body
  }

  private static func base64(_ text: [UInt8]) async throws -> [UInt8] {
    try await Command("base64").output(input: text)
  }

  /// The same body as text, in base64, in quoted-printable, flowed, and in two parts.
  static let mails: [(name: String, make: @Sendable () async throws -> [UInt8])] = [
    (
      "8bit",
      {
        mail(
          "Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 8bit\n",
          latin1("Sch\u{f6}n.\n---\n" + diff))
      }
    ),
    (
      "base64",
      {
        mail(
          "Content-Type: text/plain; charset=\"iso-8859-1\"\nContent-Transfer-Encoding: base64\n",
          try await base64(latin1("Sch\u{f6}n.\n---\n" + diff + "-- \n2.39\n\n")))
      }
    ),
    (
      "quoted-printable",
      {
        let body = "Sch=F6n, and =\nlong.\n---\n--- a/f\n+++ b/f\n@@ -4,3 +4,3 @@\n line 4\n-line 5\n"
        return mail(
          "Content-Type: text/plain;\n charset=iso-8859-1\nContent-Transfer-Encoding: Quoted-Printable\n",
          Array((body + "+a =3D \"gr=FCn\"\n line=206\n").utf8))
      }
    ),
    (
      "flowed",
      {
        let stuffed = diff.replacing("\n ", with: "\n  ")
        return mail(
          "Content-Type: text/plain; charset=UTF-8; format=flowed; delsp=yes\n",
          Array(("Words that \nflow.\n---\n" + stuffed + "-- \n2.39\n\n").utf8))
      }
    ),
    (
      "parts",
      {
        mail(
          "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=-x\"\n",
          Array("For others.\n\n--=-x\nContent-Type: text/plain; charset=UTF-8\n\nWords.\n---\n\n".utf8)
            + Array("--=-x\nContent-Type: text/x-patch\nContent-Transfer-Encoding: base64\n\n".utf8)
            + (try await base64(Array(diff.utf8))) + Array("\n--=-x--\n".utf8))
      }
    ),
  ]

  @Test(arguments: mails.map(\.name)) func aMailIsReadAsGitReadsIt(name: String) async throws {
    let make = try #require(Self.mails.first { $0.name == name }).make
    try await Stack.with(["f": numbered(9)]) { stack in
      let mail = try await make()
      try stack.list("one", "")
      try Files.write(mail, to: stack.directory.appending("one"))
      let result = try stack.write(onto: "base")
      try await stack.git.git("checkout", ["-qf", "--detach", "base"])
      try await stack.git.git("am", ["-q", stack.directory.appending("one").string])
      let format = ["--format=%T%n%an%n%ae%n%ad%n%B", "-1"]
      #expect(
        try await stack.git.git("log", format + ["out"]) == stack.git.git("log", format + ["HEAD"]), "\(name)"
      )
      #expect(result.patches.map(\.outcome) == [.unchanged])
    }
  }

  @Test(arguments: mails.map(\.name)) func aMovedPatchIsWrittenAsPlainText(name: String) async throws {
    let make = try #require(Self.mails.first { $0.name == name }).make
    try await Stack.with(["f": numbered(9)]) { stack in
      try stack.list("one", "")
      try Files.write(try await make(), to: stack.directory.appending("one"))
      try await stack.target(["f": "top\n" + numbered(9)])
      #expect(try stack.write().patches.map(\.outcome) == [.offset])
      let file = try stack.refresh().appending("one")
      try await stack.git.git("checkout", ["-qf", "--detach", "target"])
      try await stack.git.git("am", ["-q", file.string])
      let format = ["--format=%T%n%an%n%B", "-1"]
      #expect(try await stack.git.git("log", format + ["out"]) == stack.git.git("log", format + ["HEAD"]))
    }
  }

  @Test func aMailboxOfEncodedMailsIsASeries() async throws {
    try await Stack.with(["f": numbered(9), "g": numbered(9)]) { stack in
      let second = "--- a/g\n+++ b/g\n@@ -4,3 +4,3 @@\n line 4\n-line 5\n+five\n line 6\n"
      let mails =
        try await Self.mails[1].make() + Array("\n".utf8)
        + Self.mail("Content-Transfer-Encoding: base64\n", try await Self.base64(Array(second.utf8)))
      let mailbox = stack.directory.appending("mbox")
      try Files.write(mails, to: mailbox)
      let series = try Series.load(mailbox, base: "base")
      let result = try Rebaser.run(
        series, onto: "base", repository: stack.git.path, mode: .write(branch: "refs/heads/out"))
      #expect(result.patches.map(\.outcome) == [.unchanged, .unchanged])
      try await stack.git.git("checkout", ["-qf", "--detach", "base"])
      try await stack.git.git("am", ["-q", mailbox.string])
      #expect(
        try await stack.git.git("rev-parse", ["out^{tree}"]) == stack.git.git("rev-parse", ["HEAD^{tree}"]))
    }
  }
}

@Suite struct Submodules {
  private static let one = String(repeating: "1", count: 40)
  private static let two = String(repeating: "2", count: 40)

  /// Calls `body` with a submodule `s` at the commit 111…, and a way to tag the base with it at another one.
  private func with(
    _ body: (Stack, (_ tag: String, _ commit: String?) async throws -> Void) async throws -> Void
  ) async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      let tag = { (tag: String, commit: String?) in
        try await stack.git.git("read-tree", ["base"])
        if let commit {
          try await stack.git.git("update-index", ["--add", "--cacheinfo", "160000,\(commit),s"])
        }
        let tree = try await stack.git.git("write-tree")
        let id = try await stack.git.git("commit-tree", ["-m", tag, "-p", "base", tree])
        try await stack.git.git("tag", ["-f", tag, id])
      }
      try await body(stack, tag)
    }
  }

  private static func patch(_ old: String?, _ new: String?) -> String {
    let line = { (mark: String, commit: String?) in commit.map { "\(mark)Subproject commit \($0)\n" } ?? "" }
    let mode = old == nil ? "new file mode 160000\n" : new == nil ? "deleted file mode 160000\n" : ""
    let zero = "0000000"
    return "From: A <a@b>\nSubject: move s\n\n---\n\ndiff --git a/s b/s\n\(mode)index "
      + "\((old ?? zero).prefix(7))..\((new ?? zero).prefix(7))\(mode.isEmpty ? " 160000" : "")\n"
      + "--- \(old == nil ? "/dev/null" : "a/s")\n+++ \(new == nil ? "/dev/null" : "b/s")\n"
      + "@@ -\(old == nil ? "0,0" : "1") +\(new == nil ? "0,0" : "1") @@\n" + line("-", old) + line("+", new)
  }

  @Test(arguments: [(one, two), (nil, one), (one, nil)] as [(String?, String?)])
  func aSubmoduleMovesAsInGit(old: String?, new: String?) async throws {
    try await with { stack, tag in
      try await tag("start", old)
      try stack.list("one", Self.patch(old, new))
      try Files.write(Array("# base: start\none\n".utf8), to: stack.directory.appending("series"))
      #expect(try stack.write(onto: "start").patches.map(\.outcome) == [.unchanged])
      try await stack.git.git("checkout", ["-qf", "--detach", "start"])
      try await stack.git.git("am", ["-q", stack.directory.appending("one").string])
      #expect(
        try await stack.git.git("rev-parse", ["out^{tree}"]) == stack.git.git("rev-parse", ["HEAD^{tree}"]))
    }
  }

  @Test func whereBothMoveItSomebodyNamesTheCommit() async throws {
    let three = String(repeating: "3", count: 40)
    try await with { stack, tag in
      try await tag("start", Self.one)
      try await tag("taken", Self.two)
      try await tag("other", three)
      try stack.list("one", Self.patch(Self.one, Self.two))
      try Files.write(Array("# base: start\none\n".utf8), to: stack.directory.appending("series"))
      #expect(try stack.rebase(onto: "taken").patches.map(\.outcome) == [.absorbed])
      #expect(try stack.begin(onto: "other").conflicts.map(\.kind) == [.submodule])
      #expect(try stack.text(stack.folder.appending("one/s.target")) == "Subproject commit \(three)\n")
      var stopped = try #require(try StoppedRebase(in: stack.folder))
      try stack.settle("one/s", "no commit\n")
      #expect(try stopped.proceed().conflicts.map(\.kind) == [.submodule])
      try stack.settle("one/s", "Subproject commit \(Self.two)\n")
      #expect(try stopped.proceed().isClean)
      #expect(try await stack.git.git("ls-tree", ["out", "s"]).hasPrefix("160000 commit \(Self.two)"))
    }
  }
}
