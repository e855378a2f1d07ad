import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

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
