import Host
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Test func checkShowsVersionsByPatchesAndWritesNothing() async throws {
  try await Checkout.with { checkout in
    let before = try await checkout.listing()
    let run = try await checkout.run("check")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(
      run.text == """
        version    verdict  one.patch
        v6.12.38   pass     unchanged
        v6.12.107  pass     unchanged

        """)
    #expect(try await checkout.listing() == before)
  }
}

@Test func checkNamesTheConflictAndGoesOn() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    let run = try await checkout.run("check", "v6.12.107..")
    #expect(run.status == .exited(1))
    #expect(run.text.contains("v6.12.107  pass     unchanged"))
    #expect(run.text.contains("v6.13      fail     conflict"))
    #expect(run.text.contains("v6.13: not rebased: one.patch: a:11: conflict with v6.13"))
    #expect(!run.text.contains("v6.12.38"))
  }
}

@Test func checkNamesAVersionThatIsNotStored() async throws {
  try await Checkout.with { checkout in
    let run = try await checkout.run("check", "v6.12.38", "v9.9.9")
    #expect(run.text.contains("v6.12.38  pass"))
    #expect(run.text.contains("v9.9.9: "))
    #expect(run.status == .exited(3))
    #expect(try await checkout.run("check", "v8.0..").status == .exited(2))
    #expect(try await checkout.run("check", "v6.12..v6.6").status == .exited(2))
  }
}

/// DESIGN's contract with the programs that read this output.
@Test func checkPrintsTheJSONThatIsPromised() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    let run = try await checkout.run("check", "v6.12.107", "v6.13", "--json")
    let shape = try await Command(
      "python3",
      [
        "-c",
        """
        import json, sys
        document = json.load(sys.stdin)
        print(document["schema"], *sorted(document), document["milliseconds"] > 0)
        for result in document["results"]:
          print(*sorted(result))
          print(result["version"], result["verdict"], result["rung"], result["patches"][0]["outcome"])
        """,
      ]
    ).output(input: run.output)
    #expect(
      String(decoding: shape, as: UTF8.self) == """
        1 milliseconds results schema True
        date patches rung seconds series toolchain verdict version
        v6.12.107 pass rebased unchanged
        date patches reason rung seconds series toolchain verdict version
        v6.13 fail fetched conflict

        """)
    #expect(run.errorText == "")
  }
}

@Test func aPatchFileThatNoSeriesListsIsWarnedOf() async throws {
  try await Checkout.with { checkout in
    try Files.makeDirectory(checkout.series.appending("old"))
    for name in ["stray.patch", "old/one.patch", "old/lost.diff", "0000-cover-letter.patch"] {
      try Files.write([], to: checkout.series.pushing(FilePath(name)))
    }
    try Files.write(Array("# base: v6.12.38\none.patch\n".utf8), to: checkout.series.appending("old/series"))
    let list = checkout.series.appending("variants.list")
    try Files.write(Array("v5.10 v6.1 old\nv6.12 - .\n".utf8), to: list)
    for arguments in [["check", "v6.12.107"], ["onto", "v6.12.107", "--rebase-only"]] {
      let run = try await checkout.tool().run(arguments + checkout.ownKernel)
      #expect(run.status == .exited(0))
      let warnings = run.errorText.split(separator: "\n").filter { $0.contains("warning: ") }
      #expect(
        warnings.map(String.init)
          == ["stray.patch", "old/lost.diff"].map { name in
            "xip-rebase: warning: \(checkout.series.pushing(FilePath(name))) is not listed in a series file"
          })
    }
    let document = try await checkout.run("check", "v6.12.107", "--json")
    #expect(document.text.contains(#""unlisted" : ["#))
    #expect(document.text.contains("stray.patch\""))
  }
}

@Test func checkNamesTheCommitThatTookAPatch() async throws {
  try await Checkout.with { checkout in
    let lines = (1...20).map { $0 == 11 ? "line eleven\n" : "line \($0)\n" }
    try await checkout.kernel.commit("v6.13", ["a": lines.joined()])
    try await checkout.kernel.commit("v6.14", ["b": "more\n"])
    let id = try await checkout.kernel.git("rev-parse", ["v6.13"])
    let run = try await checkout.run("check", "v6.14")
    #expect(run.status == .exited(0))
    #expect(
      run.text.contains("v6.14: one.patch: absorbed, brought by \(id.prefix(12)) (v6.13)\n"), "\(run.text)")
    let document = try await checkout.run("check", "v6.14", "--json")
    #expect(document.text.contains(#""absorbedBy" : ["#))
    #expect(document.text.contains(#""commit" : "\#(id)""#))
  }
}

@Test func checkTakesTheFormOfTheSeriesThatARangeHas() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    let other = Checkout.patch.replacing("-line 11", with: "-line XI")
    try Files.makeDirectory(checkout.series.appending("6.13"))
    try Files.write(Array("# base: v6.13\none.patch\n".utf8), to: checkout.series.appending("6.13/series"))
    try Files.write(Array(other.utf8), to: checkout.series.appending("6.13/one.patch"))
    let list = checkout.series.appending("variants.list")
    try Files.write(Array("v6.12 v6.12 .\nv6.13 - 6.13\n".utf8), to: list)
    let run = try await checkout.run("check", "--json")
    #expect(run.status == .exited(0), "\(run.text)")
    #expect(run.text.contains(#""variant" : "6.13""#))
    let difference = try await checkout.run("range-diff", "v6.12.38", "v6.13")
    #expect(difference.text.contains("1: ! one.patch"))
    #expect(difference.text.contains("    --line 11\n    +-line XI\n"), "\(difference.text)")
    let table = try await checkout.run("onto", "v6.13", "--rebase-only")
    #expect(table.text.contains("rebased  pass     1 unchanged"))

    try Files.write(Array("v6.12 v6.13 .\nv6.13 - 6.13\n".utf8), to: list)
    let overlap = try await checkout.run("check")
    #expect(overlap.status == .exited(2))
    #expect(overlap.errorText.contains("variants.list:2: v6.13 to the newest overlaps v6.12 to v6.13"))
  }
}

/// Merges of two texts with few kinds of lines, none in the order of the other: each takes a fifth of a second.
@Test func anInterruptEndsACheckInTheMidstOfItsMerges() async throws {
  try await Checkout.with { checkout in
    var random = Seeded(seed: 1)
    let patches = 1...100
    for (tag, first) in [("v6.12.38", "first"), ("v6.12.107", "other")] {
      // What each patch changes, at the top: in the target its context is another.
      let top = patches.map { "\($0) \(first)\n\($0) before\n\($0) near\n\($0)\n\($0) next\n" }.joined()
      var rest: [UInt8] = []
      for _ in 0..<100_000 { rest += [UInt8(ascii: "a") + UInt8(random.next() % 10), UInt8(ascii: "\n")] }
      try await checkout.kernel.commit(tag, ["a": top + String(decoding: rest, as: UTF8.self)])
    }
    for patch in patches {
      let text = """
        --- a/a
        +++ b/a
        @@ -\(5 * patch - 4),5 +\(5 * patch - 4),5 @@
         \(patch) first
         \(patch) before
         \(patch) near
        -\(patch)
        +changed \(patch)
         \(patch) next

        """
      try Files.write(Array(text.utf8), to: checkout.series.appending("\(patch).patch"))
    }
    let list = "# base: v6.12.38\n" + patches.map { "\($0).patch\n" }.joined()
    try Files.write(Array(list.utf8), to: checkout.series.appending("series"))
    // The number of the process that becomes the tool is known before it has done anything.
    var tool = checkout.tool()
    let number = checkout.directory.appending("number")
    try checkout.write("numbered", "echo $$ >'\(number)'; exec '\(tool.program)' \"$@\"")
    tool.program = checkout.programs.appending("numbered").string
    let before = try await checkout.listing()
    async let checking = tool.run(["check", "v6.12.107"] + checkout.ownKernel)
    try await untilLine(in: number)
    let process = try #require(pid_t(String(decoding: Files.read(number).dropLast(), as: UTF8.self)))
    // It is at work by then: what comes before the merges takes a fraction of that.
    try await until("a second of work") { try ticks(of: process) >= sysconf(Int32(_SC_CLK_TCK)) }
    kill(process, SIGINT)
    let run = try await checking
    #expect(run.status == .exited(130), "\(run.errorText)")
    #expect(run.text.isEmpty && run.errorText.isEmpty, "\(run.text)\(run.errorText)")
    #expect(try await checkout.listing() == before)
    #expect(!Files.exists(checkout.cache))
  }
}

/// Returns the time of processors that a process has had, in ticks of the clock (proc(5): `utime` and `stime`).
private func ticks(of process: pid_t) throws -> Int {
  let text = String(decoding: try Files.read(FilePath("/proc/\(process)/stat")), as: UTF8.self)
  // The name of the program, in parentheses, may have spaces in it.
  let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
  return fields[12...13].reduce(0) { $0 + (Int($1) ?? 0) }
}
