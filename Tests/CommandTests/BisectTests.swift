import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix
import Versions

#if canImport(Glibc)
  import Glibc
#endif
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the two-file kernel's file `a` is from the commit on that breaks the series.
private func broken(_ number: Int) -> String {
  (1...20).map { $0 == 11 ? "line XI \(number)\n" : "line \($0)\n" }.joined()
}

private let whole = (1...20).map { "line \($0)\n" }.joined()

@Test func bisectNamesReleaseRungReasonPatchAndCommit() async throws {
  try await Checkout.with { checkout in
    for number in 1...6 {
      for step in 1...4 {
        try await checkout.kernel.commit("step\(number).\(step)", ["b": "\(number).\(step)\n"])
        if number == 4 && step == 2 { try await checkout.kernel.commit("culprit", ["a": broken(1)]) }
      }
      try await checkout.kernel.commit("v6.\(12 + number)", ["b": "\(number)\n"])
    }
    let before = try await checkout.listing()
    let run = try await checkout.run("bisect", "v6.12.38", "v6.18", "--offline", "--until", "rebased")
    #expect(run.status == .exited(0), "\(run.errorText)")
    let culprit = try await checkout.kernel.git("rev-parse", ["culprit"])
    #expect(
      run.text == """
        first bad  v6.16, not rebased
        last good  v6.15
        patch      one.patch
        reason     not rebased: one.patch: a:11: conflict with v6.16
        commit     \(culprit.prefix(12)) (culprit)

        """)
    // Nothing waits to be settled, and nothing was written.
    #expect(try await checkout.listing() == before)

    let document = try await checkout.run(
      "bisect", "v6.12.38", "v6.18", "--offline", "--until", "rebased", "--json")
    let shape = try await Command(
      "python3",
      [
        "-c",
        """
        import json, sys
        document = json.load(sys.stdin)
        print(*sorted(document))
        print(document["firstBad"], document["lastGood"], document["rung"], *document["patches"])
        print(*sorted(document["commit"]), document["commit"]["subject"], document["isMonotonic"])
        """,
      ]
    ).output(input: document.output)
    #expect(
      String(decoding: shape, as: UTF8.self) == """
        bad commit firstBad good healed isMonotonic lastGood patches reason result rung schema until untold
        v6.16 v6.15 rebased one.patch
        firstBad reason subject untold culprit True

        """)
  }
}

/// `git bisect run` on the same history, with side branches and merges, is the judge.
@Test func bisectNamesTheCommitThatGitBisectNames() async throws {
  try await Checkout.with { checkout in
    let git = checkout.kernel
    for number in 1...4 {
      try await git.commit(
        "s\(number)", ["s\(number % 2)": "\(number)\n"], branch: "side\(number % 2)",
        over: number <= 2 ? "v6.12.107" : nil)
    }
    for number in 1...5 { try await git.commit("main\(number)", ["b": "\(number)\n"]) }
    // The culprit comes from a side branch that left main early.
    try await git.commit("culprit", ["a": broken(1)], branch: "side1")
    try await git.commit("after", ["s1": "after\n"], branch: "side1")
    try await git.git("reset", ["-q", "--hard", "main"])
    for branch in ["side0", "side1"] {
      try await git.git("merge", ["-q", "--no-edit", "refs/heads/\(branch)"])
    }
    for number in 6...9 { try await git.commit("main\(number)", ["b": "\(number)\n"]) }
    try await git.commit("v6.13", ["b": "last\n"])
    try await git.git("reset", ["-q", "--hard", "main"])

    let run = try await checkout.run(
      "bisect", "v6.12.107", "v6.13", "--offline", "--until", "rebased", "--json")
    #expect(run.status == .exited(0), "\(run.errorText)")

    try checkout.write("judge", "! grep -q XI a")
    try await git.git("bisect", ["start", "v6.13", "v6.12.107"])
    let judged = try await git.git("bisect", ["run", checkout.programs.appending("judge").string])
    let first = try #require(judged.split(separator: "\n").first { $0.hasSuffix("is the first bad commit") })
    #expect(run.text.contains(#""firstBad" : "\#(first.prefix(40))""#), "\(judged)")
    #expect(try await git.git("rev-parse", ["culprit"]) == first.prefix(40))
  }
}

@Test func bisectSaysSoWhereASeriesHealsAndBreaksAgain() async throws {
  try await Checkout.with { checkout in
    for (number, content) in [broken(1), whole, whole, broken(2), broken(3)].enumerated() {
      try await checkout.kernel.commit("v6.\(13 + number)", ["a": content], orphan: true)
    }
    let run = try await checkout.run("bisect", "v6.12.107", "v6.17", "--offline", "--until", "rebased")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(run.text.contains("first bad  v6.13, not rebased\nlast good  v6.12.107\n"))
    #expect(run.text.contains("not one break: v6.14, v6.15 are rebased again; bisect behind that too"))
    // Where nothing joins the releases there are no commits to look at.
    #expect(!run.text.contains("commit "))
    let behind = try await checkout.run("bisect", "v6.14", "v6.17", "--offline", "--until", "rebased")
    #expect(behind.text.hasPrefix("first bad  v6.16, not rebased\nlast good  v6.15\n"), "\(behind.text)")
    #expect(!behind.text.contains("not one break"))
  }
}

@Test func bisectRefusesEndsThatAreNotWhatTheyWereSaidToBe() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    try await checkout.conflict("v6.14")
    let bisect = ["bisect", "--offline", "--until", "rebased"] + checkout.ownKernel
    let tool = checkout.tool()
    let good = try await tool.run(bisect + ["v6.13", "v6.14"])
    #expect(good.status == .exited(1))
    #expect(good.errorText.contains("v6.13 was said to be good and fails: not rebased: one.patch: a:11"))
    let bad = try await tool.run(bisect + ["v6.12.38", "v6.12.107"])
    #expect(bad.status == .exited(2))
    #expect(bad.errorText.contains("v6.12.107 was said to be bad and is rebased"))
    let order = try await tool.run(bisect + ["v6.13", "v6.12.38"])
    #expect(order.status == .exited(2))
    #expect(order.errorText.contains("v6.13 does not come before v6.12.38"))
    let unknown = try await tool.run(bisect + ["v6.12.38", "v9.9"])
    #expect(unknown.status == .exited(3))
    #expect(unknown.errorText.contains("nothing can be told of v9.9: not fetched: v9.9 cannot be had"))
    let many = try await tool.run(bisect + ["6.12.*", "v6.14"])
    #expect(many.status == .exited(2))
  }
}

/// A release, and commits around the culprit, that lack a file's content can be neither judged nor built.
@Test func bisectPassesOverWhatCannotBeJudged() async throws {
  try await Checkout.with { checkout in
    let git = checkout.kernel
    for number in 1...5 {
      try await git.commit(
        "v6.\(12 + number)", ["a": (number < 4 ? whole : broken(number)) + "\(number)\n"], orphan: true)
    }
    try await checkout.lose("v6.15")
    let run = try await checkout.run("bisect", "v6.12.107", "v6.17", "--offline", "--until", "rebased")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(run.text.hasPrefix("first bad  v6.16, not rebased\nlast good  v6.14\n"), "\(run.text)")
    #expect(run.text.contains("not told   v6.15: "))
    #expect(!run.text.contains("not one break"))
  }
}

@Test func bisectPassesOverCommitsThatCannotBeJudged() async throws {
  try await Checkout.with { checkout in
    let git = checkout.kernel
    for number in 1...10 {
      try await git.commit("step\(number)", ["a": (number < 6 ? whole : broken(number)) + "\(number)\n"])
    }
    try await git.commit("v6.13", ["b": "end\n"])
    let lost = try await git.git("rev-parse", ["step5"])
    try await checkout.lose("step5")
    let run = try await checkout.run(
      "bisect", "v6.12.107", "v6.13", "--offline", "--until", "rebased", "--json")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(run.text.contains(#""subject" : "step6""#), "\(run.text)")
    #expect(run.text.contains(lost))
  }
}

extension Checkout {
  /// Takes the content of the release's file `a` out of the repository.
  fileprivate func lose(_ tag: String) async throws {
    let id = try await kernel.git("rev-parse", ["\(tag):a"])
    try Files.remove(kernel.path.appending(".git/objects/\(id.prefix(2))/\(id.dropFirst(2))"))
  }
}

private struct Document: Codable {
  var results: [VersionResult]
}

/// The two-file kernel does not compile; that a release did once is written by hand, under the key of its content.
@Test func bisectUsesAndFillsTheRecord() async throws {
  try await Checkout.with { checkout in
    for number in 1...3 { try await checkout.kernel.commit("v6.\(12 + number)", ["b": "\(number)\n"]) }
    let failed = try await checkout.run("onto", "v6.12.38", "v6.13", "--json")
    var results = try JSONDecoder().decode(Document.self, from: Data(failed.output)).results
    #expect(results.count == 2 && results.allSatisfy { $0.key != nil }, "\(failed.errorText)")
    for index in results.indices {
      (results[index].verdict, results[index].rung, results[index].reason) = (.pass, .proved, nil)
    }
    try Record(results).save(checkout.record)

    let arguments = ["bisect", "v6.12.38", "v6.15", "--offline"] + checkout.ownKernel
    let run = try await checkout.tool().run(arguments)
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(run.text.hasPrefix("first bad  v6.14, not compiled\nlast good  v6.13\n"), "\(run.text)")
    #expect(run.errorText.contains("5 releases from v6.12.38 to v6.15, 2 known already"))
    #expect(!run.errorText.contains("v6.13  compiling") && run.errorText.contains("v6.14  compiling"))
    let record = try Record.load(checkout.record)
    #expect(record.result("v6.14", toolchain: "gcc")?.verdict == .fail)
    #expect(record.result("v6.13", toolchain: "gcc")?.verdict == .pass)
    // v6.12.107 lies before a release that is known to be good.
    #expect(record.versions.map(\.tag) == ["v6.12.38", "v6.13", "v6.14", "v6.15"])

    // Everything is known now, the commits too: nothing climbs.
    let again = try await checkout.tool().run(arguments)
    #expect(again.text == run.text)
    #expect(!again.errorText.contains("compiling"), "\(again.errorText)")
  }
}

@Test func aBisectThatWasInterruptedGoesOnWhereItWas() async throws {
  try await Checkout.with { checkout in
    for number in 1...3 { try await checkout.kernel.commit("v6.\(12 + number)", ["b": "\(number)\n"]) }
    let failed = try await checkout.run("onto", "v6.12.38", "--json")
    var results = try JSONDecoder().decode(Document.self, from: Data(failed.output)).results
    (results[0].verdict, results[0].rung, results[0].reason) = (.pass, .proved, nil)
    try Record(results).save(checkout.record)
    // Of v6.13 alone the build takes long; its file `b` tells.
    try checkout.write("make", "grep -qx 1 \"$2/b\" || exit 2; sleep 600 & wait")
    let arguments = ["bisect", "v6.12.38", "v6.15", "--offline"] + checkout.ownKernel
    let run = try await checkout.tool().run(arguments, sending: SIGINT, at: "v6.13  compiling")
    #expect(run.status == .exited(130), "\(run.text)")
    #expect(run.text.contains("v6.15  compiling"))
    #expect(try Record.load(checkout.record).versions.map(\.tag) == ["v6.12.38", "v6.15"])

    try Files.remove(checkout.programs.appending("make"))
    let again = try await checkout.tool().run(arguments)
    #expect(again.status == .exited(0), "\(again.errorText)")
    #expect(again.errorText.contains("5 releases from v6.12.38 to v6.15, 2 known already"))
    #expect(!again.errorText.contains("v6.15  compiling") && again.errorText.contains("v6.13  compiling"))
  }
}

/// What is on record of the project's own series does not make room for that of another one.
@Test func bisectingAnotherSeriesLeavesTheRecordOfThisOne() async throws {
  try await Checkout.with { checkout in
    try await checkout.kernel.commit("v6.13", ["b": "more\n"])
    let failed = try await checkout.run("onto", "v6.12.107", "v6.13", "--json")
    let results = try JSONDecoder().decode(Document.self, from: Data(failed.output)).results
    let other = checkout.directory.appending("other")
    _ = try await Command("cp", ["-a", checkout.series.string, other.string]).output()
    let patch = Checkout.patch.replacing("eleven", with: "XI")
    try Files.write(Array(patch.utf8), to: other.appending("one.patch"))
    let before = try Record.load(checkout.record)
    let run = try await checkout.tool().run(
      ["bisect", "v6.12.107", "v6.13", "--offline", "--repo", checkout.kernel.path.string]
        + ["--series", other.string])
    // Neither compiles, so the good one is not good.
    #expect(run.status == .exited(1), "\(run.errorText)")
    #expect(run.errorText.contains("v6.12.107 was said to be good and fails: not compiled"))
    #expect(try Record.load(checkout.record) == before && results.count == 2)
    // It is kept all the same.
    let again = try await checkout.tool().run(
      ["bisect", "v6.12.107", "v6.13", "--offline", "--repo", checkout.kernel.path.string]
        + ["--series", other.string])
    #expect(!again.errorText.contains("compiling"), "\(again.errorText)")
  }
}
