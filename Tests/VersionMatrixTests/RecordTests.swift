import FlashCost
import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing
import Versions

@testable import VersionMatrix
@testable import XIPKernel

private func result(
  _ version: String = "v6.12.38", toolchain: String = "gcc", verdict: Verdict = .pass, key: String = "k"
) -> VersionResult {
  var result = VersionResult(
    version: version, toolchain: toolchain, series: "s", date: "2026-01-02T03:04:05Z")
  result.verdict = verdict
  result.rung = verdict == .pass ? .booted : .compiled
  result.reason = verdict == .pass ? nil : "no power-off"
  result.key = key
  return result
}

private func withRecord<Result>(
  _ text: String = #"{"schema": 1, "versions": []}"#, _ body: (FilePath) async throws -> Result
) async throws -> Result {
  try await withTemporaryDirectory { directory in
    let path = directory.appending("kernel-versions.json")
    try Files.write(Array(text.utf8), to: path)
    return try await body(path)
  }
}

@Test func aRecordReadsBackAsWritten() async throws {
  try await withRecord { path in
    var record = try Record.load(path)
    for version in ["v7.1.13", "v6.12.107", "v6.12.38"] { record.take(result(version)) }
    record.take(result("v6.12.38", toolchain: "clang", verdict: .fail))
    try record.save(path)
    #expect(try Record.load(path) == record)
    #expect(record.versions == [Version(6, 12, 38), Version(6, 12, 107), Version(7, 1, 13)])
    #expect(record.result("v6.12.38", toolchain: "clang")?.verdict == .fail)
  }
}

@Test func aRecordKeepsProofsAndStandsWithoutThem() async throws {
  let proof =
    #"{"name": "p", "passed": true, "read": "r", "control": {"what": "w", "passed": false, "read": "c"}}"#
  let common =
    #""patches": [], "seconds": {}, "toolchain": "gcc", "verdict": "pass", "series": "s", "date": "d""#
  func record(_ proofs: String) -> String {
    #"{"schema": 1, "versions": [{"version": "v6.12.38", "results": [{"version": "v6.12.38", "#
      + "\(common)\(proofs)}]}]}"
  }
  try await withRecord(record(#", "instructions": 7, "proofs": [\#(proof)]"#)) { path in
    let loaded = try Record.load(path)
    try loaded.save(path)
    let result = try #require(try Record.load(path).result("v6.12.38", toolchain: "gcc"))
    #expect(result.instructions == 7)
    #expect(result.proofs?.map(\.control.read) == ["c"])
  }
  try await withRecord(record("")) { path in
    let record = try Record.load(path)
    #expect(record.result("v6.12.38", toolchain: "gcc")?.proofs == nil)
  }
  await #expect(throws: RecordError.self) {
    try await withRecord(record(#", "proofs": [{"name": "p"}]"#)) { path in try Record.load(path) }
  }
}

@Test func savingTwiceWritesTheSameBytes() async throws {
  try await withRecord { path in
    _ = try Record.add(result(), to: path)
    let once = try Files.read(path)
    _ = try Record.add(result(), to: path)
    #expect(try Files.read(path) == once)
    #expect(once.last == UInt8(ascii: "\n"))
    #expect(try Files.list(path.removingLastComponent()) == ["kernel-versions.json"])
  }
}

@Test func aRetryNeverRaisesAVerdict() async throws {
  try await withRecord { path in
    _ = try Record.add(result(verdict: .fail), to: path)
    let kept = try Record.add(result(verdict: .pass), to: path)
    #expect(kept.verdict == .fail)
    #expect(kept.reason == "flaky: passed in another run, but: no power-off")
    #expect(kept.flaky == true)
    #expect(try Record.add(result(verdict: .pass), to: path).reason == kept.reason)
    #expect(try Record.add(result(verdict: .pass, key: "other inputs"), to: path).verdict == .pass)
  }
}

@Test func aFlakyResultStaysAtTheRungOfItsFailure() throws {
  var record = Record()
  var first = result(verdict: .fail)
  first.rung = .laidOut
  record.take(first)
  var second = result(verdict: .pass)
  second.rung = .proved
  #expect(record.take(second).rung == .laidOut)
}

@Test func aFailureOfWhatPassedBeforeIsFlakyAndStaysSo() {
  var record = Record()
  record.take(result(verdict: .pass))
  let failed = record.take(result(verdict: .fail))
  #expect(failed.verdict == .fail && failed.flaky == true)
  // One that then always fails has passed once all the same.
  #expect(record.take(result(verdict: .fail)).flaky == true)
  #expect(record.take(result(verdict: .fail, key: "other inputs")).flaky == nil)
}

@Test func theTimeToExpectIsThatOfTheLastRunElseTheUsualOne() {
  var record = Record()
  for (version, seconds) in [("v6.1", 10.0), ("v6.2", 30), ("v6.3", 20)] {
    var result = result(version)
    result.rung = .proved
    result.seconds = ["compiled": seconds, "booted": 2, "proved": 6]
    record.take(result)
  }
  func expected(_ version: String, _ goal: Rung) -> Double? {
    record.expectedSeconds(version, toolchain: "gcc", goal: goal)
  }
  #expect(expected("v6.2", .proved) == 38)
  #expect(expected("v6.2", .booted) == 32)
  #expect(expected("v6.4", .proved) == 28)
  #expect(record.expectedSeconds("v6.2", toolchain: "clang", goal: .proved) == nil)
}

@Test func mergingTakesTheNewerResultAndNeverRaisesAVerdict() {
  var older = result(verdict: .fail)
  older.date = "2026-01-01T00:00:00Z"
  var newer = result(verdict: .pass)
  newer.date = "2026-01-02T00:00:00Z"
  for (mine, other) in [(older, newer), (newer, older)] {
    var (record, copy) = (Record(), Record())
    record.take(mine)
    copy.take(other)
    copy.list(Version(7, 1, 13))
    record.merge(copy)
    #expect(record.versions.last == Version(7, 1, 13))
    #expect(record.entries[0].results[0].verdict == .fail)
    #expect(record.entries[0].results[0].reason?.hasPrefix("flaky: ") == true)
    #expect(record.entries[0].results[0].date == newer.date)
  }
  var changed = older
  changed.key = "other inputs"
  var (record, copy) = (Record(), Record())
  record.take(newer)
  copy.take(changed)
  record.merge(copy)
  #expect(record.entries[0].results == [newer])
}

/// Neither is looked at by a plain climb, which is no reason to lose them.
@Test func whatWasMeasuredOfTheSameContentOutlastsAClimbThatDidNotLook() {
  func findings(_ imageBytes: Int) -> ApplicationFindings {
    ApplicationFindings(
      sources: "s", imageBytes: imageBytes, textKiB: 1, proofs: [], memory: [:], starts: [:])
  }
  func costs(_ flashBytes: Int) -> Costs { Costs([.init(.xip, flashBytes: flashBytes, stages: [])]) }
  var measured = result()
  (measured.applications, measured.costs) = (findings(1), costs(1))
  for verdict in [Verdict.pass, .fail] {
    var record = Record([measured])
    let kept = record.take(result(verdict: verdict))
    #expect(kept.applications == findings(1) && kept.costs == costs(1))
    #expect(record.result("v6.12.38", toolchain: "gcc") == kept)
    // What is looked at again counts.
    var again = result(verdict: verdict)
    (again.applications, again.costs) = (findings(2), costs(2))
    let new = record.take(again)
    #expect(new.applications == findings(2) && new.costs == costs(2))
    // Of another content nothing is known.
    let other = record.take(result(verdict: verdict, key: "other inputs"))
    #expect(other.applications == nil && other.costs == nil)
  }
  // In whatever order two machines' records come together.
  var climbed = result()
  climbed.date = "2026-01-03T00:00:00Z"
  for (first, second) in [(measured, climbed), (climbed, measured)] {
    var record = Record([first])
    record.merge(Record([second]))
    let merged = record.result("v6.12.38", toolchain: "gcc")
    #expect(merged?.date == climbed.date)
    #expect(merged?.applications == findings(1) && merged?.costs == costs(1))
  }
}

@Test func mergingShardsInAnyOrderGivesOneRecord() throws {
  let results = ["gcc", "clang"].flatMap { toolchain in
    ["v6.12.38", "v6.12.107", "v7.1.13"].map { version in
      var result = VersionResult(
        version: version, toolchain: toolchain, series: "s", date: "2026-01-01T00:00:00Z")
      result.verdict = .pass
      return result
    }
  }
  var whole = Record()
  for result in results { whole.take(result) }
  let shards = [results[0..<1], results[1..<4], results[4..<6]].map { part in
    var shard = Record()
    for result in part { shard.take(result) }
    return shard
  }
  for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0, 0]] {
    var merged = Record()
    for index in order { merged.merge(shards[index]) }
    #expect(merged == whole)
  }
}

@Test func aRegressionNamesVersionRungsPatchAndFirstError() {
  var (before, now) = (Record(), Record())
  var result = VersionResult(version: "v6.12.38", toolchain: "gcc", series: "s", date: "2026-01-01T00:00:00Z")
  result.verdict = .pass
  result.rung = .proved
  before.take(result)
  #expect(before.regressions(since: before) == [])
  result.verdict = .fail
  result.rung = .fetched
  result.reason = "not rebased: arch/mips/Kconfig: both changed\nand more"
  result.patches = [PatchResult(name: "0001-a.patch", outcome: .conflict)]
  now.take(result)
  #expect(
    now.regressions(since: before).map(\.summary) == [
      "v6.12.38 gcc: was proved, is fetched (0001-a.patch): not rebased: arch/mips/Kconfig: both changed"
    ])
  #expect(before.regressions(since: now) == [])
}

@Test func anUnfinishedRunGivesWayToAVerdict() async throws {
  try await withRecord { path in
    _ = try Record.add(result(verdict: .error), to: path)
    #expect(try Record.add(result(verdict: .pass), to: path).verdict == .pass)
  }
}

@Test(arguments: [
  (#"{"schema": 1}"#, 1, #""versions" is missing"#),
  ("{\n \"schema\": \"1\",\n \"versions\": []}", 2, #""schema" is not a whole number"#),
  ("{\n \"schema\": 2,\n \"versions\": []}", 2, "schema 2 is not 1, the one this tool writes"),
  (
    "{\"schema\": 1, \"versions\": [\n {\"version\": \"v6.12\", \"results\": []},\n {\"results\": []}]}", 3,
    #""version" is missing"#
  ),
  (
    "{\"schema\": 1, \"versions\": [\n {\"version\": \"v6.12\",\n \"results\": {}}]}", 3,
    #""results" is not a list"#
  ),
  (
    "{\"schema\": 1, \"versions\": [\n {\"version\": \"six\", \"results\": []}]}", 2,
    #""six" is not a release's tag such as v6.12.38"#
  ),
  (
    "{\"schema\": 1, \"versions\": [\n {\"version\": \"v6.12\", \"results\": []},\n {\"version\":\n\"v6.12\", \"results\": []}]}",
    4, "v6.12 is listed twice"
  ),
])
func aWrongLineIsNamed(text: String, line: Int, problem: String) async throws {
  try await withRecord(text) { path in
    let error = #expect(throws: RecordError.self) { try Record.load(path) }
    #expect(error?.description == "\(path):\(line): \(problem)")
    #expect(error?.blame == .usage)
  }
}

@Test func aWrongTypeDeepInAResultIsNamedByItsLine() async throws {
  try await withRecord { path in
    _ = try Record.add(result(), to: path)
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    let broken = text.replacing(#""verdict" : "pass""#, with: #""verdict" : 7"#)
    try Files.write(Array(broken.utf8), to: path)
    let line =
      try #require(
        broken.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("verdict") })
      + 1
    let error = #expect(throws: RecordError.self) { try Record.load(path) }
    #expect(error?.description.hasPrefix("\(path):\(line): ") == true)
  }
}

@Test func aBrokenDocumentIsRefusedAndLeftAlone() async throws {
  try await withRecord("{\"schema\": 1,\n \"versions\": [") { path in
    let before = try Files.read(path)
    #expect(throws: RecordError.self) { try Record.add(result(), to: path) }
    #expect(try Files.read(path) == before)
  }
}
