import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing
import Versions

@Suite struct VariantForms {
  private let list = """
    # Before 6.12 the file had another shape.
    v5.10  v6.1  old
    v6.12  -     .

    """

  @Test func oneFormForOldVersionsAndTheSeriesItselfForNewOnes() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try await stack.git.commit("old-base", ["f": "old\n" + numbered(9)], branch: "old")
      try await stack.patch("one.patch", ["f": numbered(9, [5: "five\n"])])
      try await stack.patch("two.patch", ["f": numbered(9, [5: "five\n"]), "g": "g\n"])
      let old = stack.directory.appending("old")
      try Files.makeDirectory(old)
      try Files.write(Array("# base: old-base\none.patch\ntwo.patch\n".utf8), to: old.appending("series"))
      try Files.write(
        Array("--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-old\n+older\n line 1\n".utf8),
        to: old.appending("one.patch"))
      try Files.write(Array(list.utf8), to: stack.directory.appending("variants.list"))
      let variants = try Variants(in: stack.directory)
      let new = try variants.series(for: Version(6, 12, 38))
      #expect(new.variant == nil && new.base == "base")
      for version in [Version(5, 10), Version(5, 15, 7), Version(6, 1, 139)] {
        let series = try variants.series(for: version)
        #expect(series.variant == "old" && series.base == "old-base")
        // What the variant's directory lacks is the series' own.
        #expect(
          series.patches.map(\.file.string.count) == [
            old.appending("one.patch").string.count, stack.directory.appending("two.patch").string.count,
          ])
        let result = try Rebaser.run(series, onto: "old-base", repository: stack.git.path, mode: .dryRun)
        #expect(result.variant == "old" && result.isClean)
      }
    }
  }

  @Test func anOverlapIsRefusedAndAGapNamed() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory.appending("variants.list")
      try Files.write(Array((list + "v6.1.100 v6.6 other\n").utf8), to: file)
      let overlap = #expect(throws: PatchStackError.self) { try Variants(in: directory) }
      #expect(
        overlap?.description.hasSuffix("variants.list:4: v6.1.100 to v6.6 overlaps v5.10 to v6.1") == true)
      try Files.write(Array(list.utf8), to: file)
      let variants = try Variants(in: directory)
      let gap = #expect(throws: PatchStackError.self) { try variants.series(for: Version(6, 6, 3)) }
      #expect(
        gap?.description.hasSuffix(
          "no form for v6.6.3, which lies between v5.10 to v6.1 and v6.12 to the newest") == true)
      let before = #expect(throws: PatchStackError.self) { try variants.series(for: Version(4, 19)) }
      #expect(before?.description.hasSuffix("which lies before v5.10 to v6.1") == true)
      try Files.write(Array("v6.1 v5.10 x\n".utf8), to: file)
      #expect(throws: PatchStackError.self) { try Variants(in: directory) }
    }
  }
}

@Suite struct RangeDiffs {
  @Test func theStackOfTwoTagsPatchByPatch() async throws {
    try await Stack.with(["f": numbered(40), "g": numbered(20), "h": numbered(20)]) { stack in
      try await stack.patch("moved", ["f": numbered(40, [20: "twenty\n"])])
      try await stack.patch("merged", ["g": numbered(20, [10: "ten\n"])])
      try await stack.patch("taken", ["h": numbered(20, [10: "ten\n"])])
      try await stack.target([
        "f": "top\n" + numbered(40), "g": numbered(20, [8: "eight\n"]), "h": numbered(20, [10: "ten\n"]),
      ])
      var rebaser = try Rebaser(try Series.load(stack.directory), repository: stack.git.path)
      let differences = try #require(try rebaser.rangeDiff(from: "base", to: "target"))
      #expect(differences.map(\.name) == ["moved", "merged", "taken"])
      #expect(differences.map(\.kind) == [.same, .changed, .left])
      #expect(
        differences[1].lines.filter { $0.hasPrefix("-") || $0.hasPrefix("+") } == ["- line 8", "+ eight"])
      #expect(try rebaser.rangeDiff(from: "target", to: "base")?.map(\.kind) == [.same, .changed, .right])
    }
  }
}

@Suite struct Checks {
  @Test func manyTagsGiveWhatEachGivesAlone() async throws {
    try await Stack.with(["f": numbered(60)]) { stack in
      try await stack.patch("one", ["f": numbered(60, [30: "thirty\n"])])
      try await stack.patch("two", ["f": numbered(60, [30: "thirty\n", 50: "fifty\n"])])
      // As many as 6.12 has releases; the series breaks at 5, heals at 8 and breaks again at 101.
      let numbers = 1...107
      let breaks = { (number: Int) in number >= 5 && number < 8 || number >= 101 }
      let tags = numbers.map { "v1.\($0)" }
      var stream = ""
      for number in numbers {
        let content = numbered(60, [1: "\(number)\n1\n", 30: breaks(number) ? "x\n" : "line 30\n"])
        stream += "commit refs/tags/v1.\(number)\ncommitter C <c@example.com> 1 +0000\ndata 0\n"
        stream += "from refs/tags/base^0\nM 100644 inline f\ndata \(content.utf8.count)\n\(content)\n"
      }
      try await stack.git.git("fast-import", ["--quiet"], input: stream)
      let alone = try tags.map { try stack.rebase(onto: $0).patches }
      let variants = try Variants(in: stack.directory)
      let versions = try Check.versions(in: stack.git.path)
      #expect(versions.map(\.tag) == tags)
      for workers in [1, 3, 40] {
        let findings = try await Check.run(
          variants, onto: versions + [Version(1, 999)], repository: stack.git.path, workers: workers)
        let results = try findings.dropLast().map { try $0.get() }
        #expect(results.map(\.patches) == alone)
        #expect(results.map(\.isClean) == numbers.map { !breaks($0) })
        #expect(throws: PatchStackError.self) { try findings.last?.get() }
      }
    }
  }
}
