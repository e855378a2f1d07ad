import Host
import SystemPackage
import TestSupport
import Testing

@testable import xip_rebase

/// Text of strangers that a terminal would obey: a title, a cleared screen, a cursor that moves up, an overwritten line.
private let evil = "\u{1b}]0;evil\u{7}\u{1b}[2J\u{1b}[9A\r\u{9b}2J"
private let shown = "␛]0;evil␇␛[2J␛[9A␍\u{FFFD}2J"

/// Returns what a terminal would obey in `text`, but for the colours of the tool's own.
private func orders(in text: String) -> String {
  let plain = text.replacing(/\u{1b}\[(0|1|2|31|32|33)m/, with: "")
  return String(
    String.UnicodeScalarView(
      plain.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }))
}

@Suite struct HostileTextTests {
  @Test func reasonsAndVersionsOfARecord() async throws {
    try await Checkout.with { checkout in
      let text = #"\u001b]0;evil\u0007\u001b[2J\u001b[9A\r\u009b2J"#
      let record = """
        {"schema": 1, "versions": [{"version": "v6.12.38", "results": [{"version": "v6.12.38", "toolchain": "gcc",
        "verdict": "fail", "rung": "rebased", "date": "2026-01-01T00:00:00Z", "reason": "no \(text)", "log": "\(text)",
        "seconds": {}, "series": "x", "patches": [{"name": "\(text)", "outcome": "merged", "detail": "\(text)"}]}]}]}
        """
      try Files.write(Array(record.utf8), to: checkout.record)
      for colour in ["always", "never"] {
        let run = try await checkout.tool().run("report", "--color", colour)
        #expect(run.status == .exited(0), "\(run.errorText)")
        #expect(run.text.contains(shown) && orders(in: run.text).isEmpty, "\(run.text.debugDescription)")
      }
      // A program gets what is there, a terminal what may be shown.
      #expect(try await checkout.tool().run("report", "--format", "json").text.contains(#"\u001b]0;evil"#))
      let markdown = try await checkout.tool().run(["report", "--format", "markdown"], onTerminalOf: 80, 24)
      let page = markdown.text.replacing("\r\n", with: "\n")
      #expect(orders(in: page).isEmpty, "\(page.debugDescription)")
    }
  }

  @Test func namesAndSubjectsOfPatchesInConflictsStatusAndLog() async throws {
    try await Checkout.with { checkout in
      let name = "e\u{1b}[2J\u{7}.patch"
      let patch = Checkout.patch.replacing("Change a line", with: "Change \u{1b}[2J a line")
      try Files.write(Array(patch.utf8), to: checkout.series.appending(name))
      try Files.write(Array("# base: v6.12.38\n\(name)\n".utf8), to: checkout.series.appending("series"))
      try await checkout.conflict("v6.13")
      var told = ""
      for arguments in [
        ["check", "--color", "always"], ["onto", "v6.13", "--rebase-only"], ["status"],
        ["range-diff", "v6.12.38", "v6.12.107"], ["annotate", "a"], ["edit", "1", "--dry-run"], ["log"],
        ["refresh", "v6.13"],
      ] {
        let isStatus = arguments[0] == "status"
        let run = try await checkout.tool().run(arguments + (isStatus ? [] : checkout.ownKernel))
        #expect(orders(in: run.text + run.errorText).isEmpty, "\(arguments) \(run.text)\(run.errorText)")
        told += run.text + run.errorText
      }
      #expect(told.contains("e␛[2J␇.patch: a:11: conflict with v6.13"), "\(told)")
    }
  }

  @Test(.enabled(if: canCrossBuild, "needs the cross compiler"))
  func theConsoleOfAKernelOnATerminal() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(
        ["v6.12.50"],
        booting: """
          start(); console("Linux version 6 \\e[2J\\e]0;evil\\a\\n");
          console("Kernel panic - not syncing: \\e[9A\\n"); event('guest-reset'); exit 0;
          """)
      let run = try await checkout.tool().run(
        ["onto", "v6.12.50"] + checkout.ownKernel, onTerminalOf: 100, 12)
      #expect(run.text.contains("␛[2J␛]0;evil␇"), "\(run.text)")
      #expect(run.text.contains("Kernel panic - not syncing: ␛[9A"), "\(run.text)")
      for order in ["[2J", "]0", "[9A"] { #expect(!run.text.contains("\u{1b}\(order)")) }
    }
  }

  @Test func theToolsOwnColoursAreNoText() {
    let style = Style(isColoured: true)
    #expect(Output.shown("\(style(evil, .red))") == "\u{1b}[31m\(shown)\u{1b}[0m")
    #expect(Output.shown("\u{F8F0}0\u{F8F1}[31m").contains("\u{1b}") == false)
  }
}
