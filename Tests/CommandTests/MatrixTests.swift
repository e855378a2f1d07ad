import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix
import Versions

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

/// What the mirror's list of checksums names can be had, as far as anybody can tell.
@Test func theMatrixListsWhatIsNewAndRunsIt() async throws {
  try await Checkout.with { checkout in
    try await checkout.kernel.commit("v6.13", ["b": "more\n"])
    let names = [
      "6.12.40", "6.12.200", "6.12-rc1", "6.11.9", "6.13.2", "6.14-rc3", "6.14", "6.14.1", "6.1.5",
    ]
    let mirror = checkout.directory.appending("mirror")
    for major in ["v5.x", "v6.x"] { try Files.makeDirectory(mirror.appending(major)) }
    let sums = names.map { "\(String(repeating: "0", count: 64))  linux-\($0).tar.xz\n" }.joined()
    try Files.write([], to: mirror.appending("v5.x/sha256sums.asc"))
    try Files.write(Array(sums.utf8), to: mirror.appending("v6.x/sha256sums.asc"))
    let tool = checkout.tool([
      "XIP_REBASE_SOURCES": "kernel.org", "XIP_REBASE_KERNEL_ORG": "file://\(mirror)",
    ])
    func listed() throws -> String {
      try Record.load(checkout.record).versions.map(\.tag).joined(separator: " ")
    }

    _ = try await tool.run(["versions", "--add", "v6.12.38", "v6.12.107", "v6.13"])
    let run = try await tool.run(["matrix", "--new", "--toolchain", "gcc"] + checkout.ownKernel)
    #expect(run.errorText.contains("new: v6.12.200, v6.13.2, v6.14.1\n"), "\(run.errorText)")
    #expect(try listed() == "v6.12.38 v6.12.107 v6.12.200 v6.13 v6.13.2 v6.14.1")
    #expect(run.errorText.contains("v6.12.200 gcc: not run yet"))
    #expect(run.text.contains("v6.12.107  gcc"))
    #expect(run.status == .exited(1))

    // A range lists all it has, and runs no more than that.
    let line = try await tool.run(["matrix", "--new", "6.14.*", "--toolchain", "gcc"] + checkout.ownKernel)
    #expect(line.errorText.contains("new: v6.14\n"))
    #expect(!line.text.contains("v6.13"))
    let add = try await tool.run(["versions", "--add", "6.1.*", "--repo", checkout.kernel.path.string])
    #expect(add.status == .exited(0), "\(add.errorText)")
    #expect(try listed().hasPrefix("v6.1.5 v6.12.38"))
    let none = try await tool.run(["versions", "--add", "6.2.*", "--repo", checkout.kernel.path.string])
    #expect(none.status == .exited(2))
    #expect(none.errorText.contains("6.2.* selects no version; to be had are v6.1.5, v6.11.9, v6.12-rc1"))

    let alone = try await checkout.tool(["XIP_REBASE_SOURCES": "git"]).run(
      ["matrix", "--new"] + checkout.ownKernel)
    #expect(alone.status == .exited(3))
    #expect(alone.errorText.contains("no source answered"))
  }
}

@Test func threeSharesAreEverythingWithoutOverlap() throws {
  let cells = (1...40).flatMap { patch in ["gcc", "clang"].map { ("v6.12.\(patch)", $0) } }
  for (tag, toolchain) in cells {
    let shares = (1...3).filter { Shard($0, of: 3)?.contains(tag, toolchain: toolchain) ?? false }
    #expect(shares.count == 1)
    #expect(Shard(1, of: 1)?.contains(tag, toolchain: toolchain) == true)
  }
  // The share of a cell is the same on every machine and in every release of the tool.
  #expect(try #require(Shard("2/3")).contains("v6.12.107", toolchain: "gcc"))
  for text in ["", "0/3", "4/3", "1/0", "1", "1/3/3", "a/b", "-1/3"] { #expect(Shard(text) == nil) }
}

@Test func sharesOfTheMatrixRunEachCellOnce() async throws {
  try await Checkout.with { checkout in
    for number in 13...16 { try await checkout.kernel.commit("v6.\(number)", ["a": "\(number)\n"]) }
    _ = try await checkout.tool().run(["versions", "--add", "v6.13", "v6.14", "v6.15", "v6.16"])
    var rows: [String] = []
    for number in 1...3 {
      let run = try await checkout.run("matrix", "--shard", "\(number)/3", "--quiet")
      #expect(run.status == .exited(1) || run.text.split(separator: "\n").count == 1, "\(run.errorText)")
      rows += run.text.split(separator: "\n").dropFirst().filter { $0.contains("  fail  ") }.map(String.init)
    }
    let cells = rows.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    let all = (13...16).flatMap { ["v6.\($0) clang", "v6.\($0) gcc"] }
    #expect(cells.sorted() == all)
    let wrong = try await checkout.run("matrix", "--shard", "4/3")
    #expect(wrong.status == .exited(2))
  }
}

@Test func selectorsSelectWhereverVersionsAreGiven() async throws {
  try await Checkout.with { checkout in
    try await checkout.kernel.commit("v6.18.15", ["b": "more\n"])
    _ = try await checkout.tool().run(["versions", "--add", "v6.12.38", "v6.12.107", "v6.18.15"])
    func versions(_ arguments: String...) async throws -> String {
      let run = try await checkout.tool().run(arguments + checkout.ownKernel)
      let rows = run.text.split(separator: "\n").dropFirst().filter { !$0.contains(": ") }
      return rows.compactMap { $0.split(separator: " ").first }.joined(separator: " ")
    }
    #expect(try await versions("check", "6.12.*") == "v6.12.38 v6.12.107")
    #expect(try await versions("check", "lts") == "v6.12.107 v6.18.15")
    #expect(try await versions("check", "latest", "v6.12.38") == "v6.12.38 v6.18.15")
    #expect(try await versions("onto", "--rebase-only", "latest", "6.12.*") == "v6.18.15 v6.12.38 v6.12.107")
    #expect(try await versions("matrix", "lts", "--toolchain", "gcc", "--quiet") == "v6.12.107 v6.18.15")
    #expect(try await versions("report", "latest", "--toolchain", "gcc") == "v6.18.15")
    let shown = try await checkout.tool().run(
      ["versions", "--offline", "lts", "--repo", checkout.kernel.path.string])
    #expect(
      shown.text == "version    listed  in\nv6.12.107  yes     store\nv6.18.15   yes     store\n",
      "\(shown.text)")
    #expect(try await checkout.run("range-diff", "v6.12.38", "latest").text == "1: = one.patch\n")
    for command in ["check", "onto", "matrix", "report"] {
      let run = try await checkout.run(command, "6.13.*")
      #expect(run.status == .exited(2))
      #expect(run.errorText.contains("6.13.* selects no version; "), "\(run.errorText)")
      #expect(run.errorText.contains(" are v6.12.38, v6.12.107, v6.18.15\n"), "\(run.errorText)")
    }
    let several = try await checkout.run("range-diff", "lts", "latest")
    #expect(several.errorText.contains("lts selects more than one version; name one: v6.12.107, v6.18.15"))
  }
}

/// The steps of the CI's workflow, each run for real: a plan, three shards in three clones, a merge.
@Test func threeShardsInThreeClonesMakeTheRecordOfOneRun() async throws {
  try await Checkout.with { checkout in
    try await checkout.kernel.commit("v6.18.15", ["b": "changed again\n"])
    _ = try await checkout.tool().run(["versions", "--add", "v6.12.38", "v6.12.107", "v6.18.15"])
    let plan = try await checkout.run(
      "report", "--toolchain", "gcc", "--format", "github-matrix", "--shards", "3")
    let shards = try await Command(
      "python3",
      [
        "-c",
        """
        import json, sys
        lines = dict(line.split("=", 1) for line in sys.stdin.read().splitlines())
        shards = [s for s in json.loads(lines["matrix"])["include"]]
        assert len(shards) == int(lines["count"]) <= 3
        for shard in shards: print(shard["toolchain"], shard["versions"])
        """,
      ]
    ).output(input: plan.output)
    var records: [String] = []
    for shard in String(decoding: shards, as: UTF8.self).split(separator: "\n") {
      let words = shard.split(separator: " ").map(String.init)
      let clone = checkout.directory.appending("clone\(records.count)")
      _ = try await Command("cp", ["-a", checkout.project.string, clone.string]).output()
      let cache = ["XDG_CACHE_HOME": checkout.directory.appending("cache\(records.count)").string]
      let run = try await Tool(in: clone, home: checkout.directory, environment: cache)
        .run(["matrix", "--toolchain", words[0]] + words.dropFirst() + checkout.ownKernel)
      #expect(run.status == .exited(1), "\(run.errorText)")
      records.append(clone.appending("kernel-versions.json").string)
    }
    #expect(records.count == 3)

    let single = checkout.directory.appending("single")
    _ = try await Command("cp", ["-a", checkout.project.string, single.string]).output()
    _ = try await Tool(in: single, home: checkout.directory).run(
      ["matrix", "--toolchain", "gcc"] + checkout.ownKernel)
    #expect(try await checkout.tool().run(["record", "merge"] + records).status == .exited(0))

    /// Returns the record without what no two runs have in common.
    func timeless(_ path: FilePath) throws -> [VersionResult] {
      try Record.load(path).entries.flatMap(\.results).map { result in
        var result = result
        result.date = ""
        result.seconds = [:]
        return result
      }
    }
    let merged = try timeless(checkout.record)
    #expect(merged.count == 3)
    let whole = try timeless(single.appending("kernel-versions.json"))
    #expect(merged == whole)
    let after = try await checkout.run("report", "--toolchain", "gcc", "--format", "github-matrix")
    #expect(after.text == "count=0\nmatrix={\"include\":[]}\n")
  }
}
