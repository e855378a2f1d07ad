import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

@Suite struct CoverLetters {
  /// Calls `body` with the directory of a refreshed series with a cover letter.
  private func with(_ body: (Stack, FilePath) async throws -> Void) async throws {
    try await Stack.with(["f": numbered(20), "g": numbered(20)]) { stack in
      let diff = { (file: String) in
        "--- a/\(file)\n+++ b/\(file)\n@@ -4,3 +4,3 @@\n line 4\n-line 5\n+five\n line 6\n"
      }
      for (number, file) in ["f", "g"].enumerated() {
        try stack.list(
          "000\(number + 1)-\(file).patch",
          """
          From: =?UTF-8?q?J=C3=BCrgen_M=C3=BCller?= <j@example.com>
          Date: Sat, 12 Jul 2025 09:08:0\(number) +0200
          Subject: [PATCH] r\u{e9}seau: change \(file)
          MIME-Version: 1.0
          Content-Type: text/plain; charset=UTF-8
          Content-Transfer-Encoding: 8bit

          Why.
          ---

          """ + diff(file))
      }
      var rebaser = try Rebaser(try Series.load(stack.directory), repository: stack.git.path)
      var refreshed = try #require(try rebaser.refresh(onto: "base"))
      refreshed.addCoverLetter(testing: ["v6.12.38, gcc: pass at proved"])
      let place = stack.directory.removingLastComponent().appending("out")
      try refreshed.write(to: place)
      try await body(stack, place)
    }
  }

  @Test func gitReadsTheLetter() async throws {
    try await with { stack, place in
      let letter = try stack.text(place.appending("0000-cover-letter.patch"))
      let info = try await stack.git.git("mailinfo", ["body", "patch"], input: letter)
      #expect(
        info == """
          Author: J\u{fc}rgen M\u{fc}ller
          Email: j@example.com
          Subject: r\u{e9}seau: 2 patches for base
          Date: Sat, 12 Jul 2025 09:08:01 +0200

          """)
      let body = try stack.text(stack.git.path.appending("body"))
      #expect(body.contains("Testing\n=======\n\nv6.12.38, gcc: pass at proved\n"))
      #expect(
        body.contains("J\u{fc}rgen M\u{fc}ller (2):\n  r\u{e9}seau: change f\n  r\u{e9}seau: change g\n"))
      #expect(letter.utf8.prefix { $0 != UInt8(ascii: "T") }.allSatisfy { $0 < 0x80 })
    }
  }

  /// The program asks where a letter leaves something open, and with nobody to answer it fails.
  @Test(.enabled(if: hasSendEmail, "git send-email is not installed"))
  func gitSendEmailTakesTheSeriesWithoutAQuestion() async throws {
    try await with { stack, place in
      let files = ["0000-cover-letter.patch", "0001-f.patch", "0002-g.patch"].map {
        place.appending($0).string
      }
      let output = try await stack.git.git(
        "send-email",
        ["--dry-run", "--from=a@example.com", "--to=list@example.com", "--confirm=never", "--no-validate"]
          + files)
      #expect(output.split(separator: "\n").count { $0 == "Result: OK" } == 3)
    }
  }
}

private let hasSendEmail = Files.exists("/usr/lib/git-core/git-send-email")
