import Host
import SystemPackage
import TestSupport
import Testing

@Test func aConflictWaitsIsSettledAndGoesOn() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    let run = try await checkout.run("onto", "v6.13", "v6.12.107", "--rebase-only")
    #expect(run.status == .exited(1))
    #expect(run.text.contains("then: xip-rebase continue"), "\(run.text)")
    let file = checkout.project.appending("conflicts/v6.13/one.patch/a")
    let marked = String(decoding: try Files.read(file), as: UTF8.self)
    #expect(
      marked.contains(
        """
        <<<<<<< v6.13
        line XI
        ||||||| v6.12.38
        line 11
        =======
        line eleven
        >>>>>>> one.patch
        """))

    let status = try await checkout.tool().run("status")
    #expect(status.text.contains("v6.13 waits in"))
    #expect(status.text.contains("to settle  \(file)"))
    let early = try await checkout.tool().run("continue")
    #expect(early.status == .exited(2))
    #expect(early.errorText.contains("a conflict marker is left"))

    try checkout.settle(file, "line eleven XI\n")
    #expect(try await checkout.tool().run("status").text.contains("settled  \(file)"))
    let done = try await checkout.tool().run("continue", "--json")
    #expect(done.status == .exited(0), "\(done.errorText)")
    #expect(done.text.contains(#""outcome" : "resolved""#))
    #expect(try await checkout.kernel.git("show", ["xip/v6.13:a"]).contains("line eleven XI"))
    #expect(try await checkout.tool().run("status").text == "nothing waits\n")
  }
}

@Test func aResolutionIsListedShownUsedAgainAndForgotten() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    _ = try await checkout.run("onto", "v6.13", "--rebase-only")
    try checkout.settle(
      checkout.project.appending("conflicts/v6.13/one.patch/a"), "line eleven XI\n")
    _ = try await checkout.tool().run("continue")

    let tool = checkout.tool()
    let series = ["--series", checkout.series.string]
    let list = try await tool.run(["resolutions"] + series)
    #expect(list.text.contains("not booted yet  one.patch a v6.13"), "\(list.text)")
    let name = String(list.text.split(separator: "\n")[1].prefix(12))
    let shown = try await tool.run(["resolutions", "show", name] + series)
    #expect(shown.text.contains("+line eleven XI"))

    try await checkout.conflict("v6.14", ["b": "more\n"])
    let again = try await checkout.run("check", "v6.14")
    #expect(again.status == .exited(0))
    #expect(again.text.contains("resolved"))

    #expect(try await tool.run(["resolutions", "forget", name] + series).status == .exited(0))
    #expect(try await checkout.run("check", "v6.14").status == .exited(1))
    #expect(try await tool.run(["resolutions", "show", name] + series).status == .exited(2))
  }
}

/// The whole way of a variant: its own base and patches, a conflict, what goes on, what is written.
@Test func aVariantGoesTheWholeWay() async throws {
  try await Checkout.with { checkout in
    let lines = { (change: [Int: String]) in (1...20).map { change[$0] ?? "line \($0)\n" }.joined() }
    try await checkout.kernel.commit("v6.13", ["a": lines([11: "line XI\n"])])
    try await checkout.kernel.commit("v6.14", ["a": lines([11: "line 0xb\n"])])
    let directory = checkout.series.appending("6.13")
    try Files.makeDirectory(directory)
    try Files.write(Array("# base: v6.13\none.patch\n".utf8), to: directory.appending("series"))
    let form = Checkout.patch.replacing("-line 11", with: "-line XI")
    try Files.write(Array(form.utf8), to: directory.appending("one.patch"))
    try Files.write(
      Array("v6.12 v6.12 .\nv6.13 v6.14 6.13\n".utf8), to: checkout.series.appending("variants.list"))

    let run = try await checkout.run("onto", "v6.12.107", "v6.13", "v6.14", "--rebase-only", "--json")
    #expect(run.status == .exited(1))
    #expect(run.text.split(separator: #""variant" : "6.13""#).count == 3)
    #expect(run.text.contains("a:11: conflict with v6.14"), "\(run.text)")
    let file = checkout.project.appending("conflicts/v6.14/one.patch/a")
    #expect(String(decoding: try Files.read(file), as: UTF8.self).contains("||||||| v6.13\nline XI\n"))
    try checkout.settle(file, "line eleven\n")
    let done = try await checkout.tool().run("continue", "v6.14", "--byte-order", "big", "--json")
    #expect(done.status == .exited(0), "\(done.errorText)")
    #expect(done.text.contains(#""variant" : "6.13""#) && done.text.contains(#""gcc-big""#))
    let out = checkout.directory.appending("out")
    #expect(try await checkout.run("refresh", "v6.14", "--to", out.string).status == .exited(0))
    let patch = String(decoding: try Files.read(out.appending("one.patch")), as: UTF8.self)
    #expect(patch.contains("-line 0xb\n+line eleven\n"))
    let difference = try await checkout.run("range-diff", "v6.12.38", "v6.14")
    #expect(difference.text.contains("1: ! one.patch"))
    let gap = try await checkout.run("check", "v6.12.38", "v7.0")
    #expect(gap.status == .exited(2))
    #expect(gap.errorText.contains("no form for v7.0, which lies after v6.13 to v6.14"))
  }
}

@Test func aPatchIsSkipped() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    _ = try await checkout.run("onto", "v6.13", "--rebase-only")
    let run = try await checkout.tool().run("skip")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(
      try await checkout.kernel.git("rev-parse", ["xip/v6.13"]) == checkout.kernel.git("rev-parse", ["v6.13"])
    )
  }
}

@Test func anAbortedRebaseLeavesAllAsItWas() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    let before = try await checkout.listing()
    _ = try await checkout.run("onto", "v6.13", "--rebase-only")
    #expect(try await checkout.tool().run("abort").status == .exited(0))
    #expect(try await checkout.listing() == before)
    #expect(try Files.list(checkout.project.appending("conflicts")).isEmpty)
    #expect(try await checkout.tool().run("abort").status == .exited(2))
  }
}

@Test func ofSeveralThatWaitOneIsNamed() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    try await checkout.conflict("v6.14", ["b": "more\n"])
    _ = try await checkout.run("onto", "v6.13", "v6.14", "--rebase-only")
    let run = try await checkout.tool().run("abort")
    #expect(run.status == .exited(2))
    #expect(run.errorText.contains("v6.13, v6.14"))
    #expect(try await checkout.tool().run("abort", "v6.14").status == .exited(0))
    #expect(try await checkout.tool().run("status").text.contains("v6.13 waits"))
  }
}

@Test func aRefreshedSeriesAppliesAndHasACoverLetter() async throws {
  try await Checkout.with { checkout in
    let lines = ["above\n"] + (1...20).map { "line \($0)\n" }
    try await checkout.kernel.commit("v6.13", ["a": lines.joined()])
    let out = checkout.directory.appending("out")
    let run = try await checkout.run("refresh", "v6.13", "--to", out.string, "--cover-letter")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(try Files.list(out) == ["0000-cover-letter.patch", "one.patch", "series"])
    let patch = String(decoding: try Files.read(out.appending("one.patch")), as: UTF8.self)
    #expect(patch == Checkout.patch.replacing("@@ -8,7 +8,7 @@", with: "@@ -9,7 +9,7 @@"))
    let letter = String(decoding: try Files.read(out.appending("0000-cover-letter.patch")), as: UTF8.self)
    #expect(letter.contains("Subject: [PATCH 0/1] 1 patch for v6.13\n"))
    #expect(letter.contains("A U Thor (1):\n  Change a line\n\n a | 2 +-\n 1 file changed"), "\(letter)")
    let full = try await checkout.run("refresh", "v6.13", "--to", out.string)
    #expect(full.status == .exited(2))

    try await checkout.conflict("v6.14")
    let conflicted = try await checkout.run("refresh", "v6.14", "--to", "\(out)2")
    #expect(conflicted.status == .exited(1))
    #expect(conflicted.errorText.contains("one.patch: a:11: conflict with v6.14"))
  }
}

@Test func rangeDiffTellsWhatDiffers() async throws {
  try await Checkout.with { checkout in
    let lines = (1...20).map { $0 == 9 ? "line IX\n" : "line \($0)\n" }
    try await checkout.kernel.commit("v6.13", ["a": lines.joined()])
    let run = try await checkout.run("range-diff", "v6.12.38", "v6.12.107", "--color", "always")
    #expect(run.text == "1: = one.patch\n")
    let changed = try await checkout.run("range-diff", "v6.12.38", "v6.13", "--color", "always")
    #expect(changed.text.contains("\u{1b}[33m1: ! one.patch\u{1b}[0m"))
    #expect(changed.text.contains("\u{1b}[32m+ line IX\u{1b}[0m"), "\(changed.text)")
    let document = try await checkout.run("range-diff", "v6.12.38", "v6.13", "--json")
    #expect(document.text.contains(#""kind" : "changed""#))
  }
}

extension Checkout {
  /// Adds a release that changes the line of the patch.
  func conflict(_ tag: String, _ files: [String: String?] = [:]) async throws {
    let lines = (1...20).map { $0 == 11 ? "line XI\n" : "line \($0)\n" }
    try await kernel.commit(tag, files.merging(["a": lines.joined()]) { $1 })
  }

  /// Puts `line` in the place of the file's conflict.
  func settle(_ file: FilePath, _ line: String) throws {
    let text = String(decoding: try Files.read(file), as: UTF8.self)
    let before = text.prefix(upTo: text.firstRange(of: "<<<<<<<")?.lowerBound ?? text.endIndex)
    let end = text.firstRange(of: ">>>>>>> one.patch\n")?.upperBound ?? text.endIndex
    try Files.write(Array((before + line + text[end...]).utf8), to: file)
  }

  /// Every file of the repository and of the series with its size and the time of its last change.
  func listing() async throws -> String {
    let places = [kernel.path.string, series.string]
    let output = try await Command("find", places + ["-type", "f", "-printf", "%p %s %T@\n"]).output()
    return String(decoding: output, as: UTF8.self).split(separator: "\n").sorted().joined(separator: "\n")
  }
}

/// A part of a folder would say that the files that are missing were settled as gone.
@Test func foldersOnTheirWayAreNotWaitingAndGo() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    _ = try await checkout.run("onto", "v6.13", "--rebase-only")
    let conflicts = checkout.project.appending("conflicts")
    for name in ["v6.12.gone", "v6.14.new"] {
      _ = try await Command(
        "cp", ["-a", conflicts.appending("v6.13").string, conflicts.appending(name).string]
      ).output()
    }
    let status = try await checkout.tool().run("status")
    #expect(status.text.contains("v6.13 waits in") && !status.text.contains("v6.14"), "\(status.text)")
    #expect(try await checkout.tool().run("abort").status == .exited(0))
    #expect(try Files.list(conflicts) == [])

    let out = checkout.directory.appending("out")
    try Files.makeDirectory(out.withSuffix(".xip-rebase-new"))
    try Files.write([0], to: out.withSuffix(".xip-rebase-new").appending("half.patch"))
    let refresh = try await checkout.run("refresh", "v6.12.107", "--to", out.string)
    #expect(refresh.status == .exited(0), "\(refresh.errorText)")
    #expect(try Files.list(out) == ["one.patch", "series"])
    #expect(!Files.exists(out.withSuffix(".xip-rebase-new")))
  }
}
