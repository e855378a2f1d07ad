import Host
import SystemPackage
import TestSupport
import Testing

/// The two-file kernel does not compile, which is a result as good as any other: it stands until an input changes.
@Test func aResultStandsUntilSomethingThatDecidesItChanges() async throws {
  try await Checkout.with { checkout in
    let tool = checkout.tool()
    #expect(try await tool.run(["versions", "--add", "v6.12.107"]).status == .exited(0))
    let arguments = ["matrix", "--toolchain", "gcc"] + checkout.ownKernel
    let first = try await tool.run(arguments)
    #expect(first.status == .exited(1), "\(first.errorText)")
    #expect(first.errorText.contains("0 of 1 results on record stand"))
    #expect(first.errorText.contains("v6.12.107 gcc: not run yet"))

    let second = try await tool.run(arguments)
    #expect(second.errorText == "  1 of 1 results on record stand\n")
    #expect(second.text == first.text)
    #expect(second.status == .exited(1))

    let again = try await tool.run(arguments + ["--again"])
    #expect(again.errorText.contains("v6.12.107 gcc: asked for again"))

    let patch = checkout.series.appending("one.patch")
    let text = String(decoding: try Files.read(patch), as: UTF8.self)
    try Files.write(Array(text.replacing("eleven", with: "XI").utf8), to: patch)
    let changed = try await tool.run(arguments)
    #expect(changed.errorText.contains("v6.12.107 gcc: the series changed"))
  }
}

@Test func theMatrixRunsListedVersionsOnly() async throws {
  try await Checkout.with { checkout in
    let run = try await checkout.run("matrix", "v6.12.107")
    #expect(run.status == .exited(2))
    #expect(
      run.errorText.contains("v6.12.107 is not listed; list it with: xip-rebase versions --add v6.12.107"))
  }
}

@Test func allConflictsAreToldBeforeTheFirstCompilerStarts() async throws {
  try await Checkout.with { checkout in
    try await checkout.kernel.commit("v6.13", ["a": "nothing of it\n"])
    _ = try await checkout.tool().run(["versions", "--add", "v6.12.107", "v6.13"])
    let run = try await checkout.run("matrix", "--toolchain", "gcc")
    let conflict = try #require(run.errorText.firstRange(of: "v6.13  fail"))
    let compiling = try #require(run.errorText.firstRange(of: "v6.12.107  compiling"))
    #expect(conflict.upperBound < compiling.lowerBound)
    #expect(run.status == .exited(1))
  }
}

@Test func mergingRecordsReadsAllOfThemBeforeItWritesOne() async throws {
  try await Checkout.with { checkout in
    let (good, bad) = (checkout.directory.appending("good"), checkout.directory.appending("bad"))
    try Files.write(Array(#"{"schema": 1, "versions": [{"version": "v6.1", "results": []}]}"#.utf8), to: good)
    try Files.write(Array("{".utf8), to: bad)
    let before = try Files.read(checkout.record)
    #expect(try await checkout.tool().run(["record", "merge", good.string, bad.string]).status == .exited(2))
    #expect(try Files.read(checkout.record) == before)
    #expect(try await checkout.tool().run(["record", "merge", good.string]).status == .exited(0))
    let run = try await checkout.tool().run(
      ["versions", "--offline"] + ["--repo", checkout.kernel.path.string])
    #expect(run.text.contains("v6.1 "))
  }
}
