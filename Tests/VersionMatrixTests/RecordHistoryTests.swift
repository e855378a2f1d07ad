import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

#if canImport(Glibc)
  import Glibc
#endif

/// A record of one cell, in as many words as its history takes.
private func record(_ day: Int, _ verdict: String, _ rung: String) -> String {
  """
  {"schema": 1, "versions": [{"version": "v6.12.38", "results": [{"version": "v6.12.38", "toolchain": "gcc",
  "verdict": "\(verdict)", "rung": "\(rung)", "date": "2026-01-0\(day)T00:00:00Z", "reason": "on day \(day)"}]}]}
  """
}

private func days(_ history: RecordHistory) -> [String] {
  history.entries("v6.12.38", toolchain: "gcc").map { String($0.date.prefix(10).suffix(2)) }
}

@Test func theHistoryOfACellIsWhatItsRecordSaidAtEachCommitNewestFirst() async throws {
  try await withTemporaryDirectory { directory in
    let git = try await GitFixture(in: directory)
    let project = Project(root: git.path)
    #expect(days(RecordHistory(of: project)) == [])
    let file = "kernel-versions.json"
    try await git.commit("one", [file: record(1, "pass", "proved"), "other": "1"])
    try await git.commit("two", [file: record(2, "fail", "fetched")])
    try await git.commit("three", ["other": "2"])
    try await git.commit("four", [file: "{ not a record"])
    try await git.commit("five", [file: #"{"versions": [{"version": "v6.12.38", "results": [{"old": 1}]}]}"#])
    try await git.commit("six", [file: record(2, "fail", "fetched")])
    try await git.commit("seven", [file: record(3, "error", "rebased")])
    let history = RecordHistory(of: project)
    #expect(days(history) == ["03", "02", "01"])
    #expect(history.entries("v6.12.38", toolchain: "clang") == [])
    let second = history.entries("v6.12.38", toolchain: "gcc")[1]
    #expect((second.verdict, second.rung, second.reason) == (.fail, .fetched, "on day 2"))

    var now = VersionResult(
      version: "v6.12.38", toolchain: "gcc", series: "", date: "2026-01-03T00:00:00Z")
    now.rung = .rebased
    #expect(history.before(now).map(\.date.count) == [20, 20])

    var limits = RecordHistory.Limits()
    limits.records = 2
    #expect(days(RecordHistory(of: project, limits: limits)) == ["03", "02"])
    limits = RecordHistory.Limits()
    limits.bytes = 400
    #expect(days(RecordHistory(of: project, limits: limits)) == ["03"])
    limits = RecordHistory.Limits()
    limits.commits = 1
    #expect(days(RecordHistory(of: project, limits: limits)).count <= 1)
  }
}

@Test func aProjectInAFolderOfARepositoryHasItsHistory() async throws {
  try await withTemporaryDirectory { directory in
    let git = try await GitFixture(in: directory)
    let file = "tools/xip/kernel-versions.json"
    let top = record(7, "pass", "proved")
    try await git.commit("one", [file: record(1, "pass", "proved"), "kernel-versions.json": top])
    try await git.commit("two", [file: record(2, "fail", "fetched")])
    let folder = git.path.appending("tools/xip")
    try Files.makeDirectory(folder)
    #expect(days(RecordHistory(of: Project(root: folder))) == ["02", "01"])
    // By a link that lies elsewhere, too.
    let link = directory.appending("link")
    symlink(folder.string, link.string)
    #expect(days(RecordHistory(of: Project(root: link))) == ["02", "01"])
    #expect(days(RecordHistory(of: Project(root: git.path))) == ["07"])
    #expect(days(RecordHistory(of: Project(root: directory))) == [])
  }
}

@Test func aMergeIsFollowedToWhereItsRecordCameFromAndAShallowCloneToItsEnd() async throws {
  try await withTemporaryDirectory { directory in
    let git = try await GitFixture(in: directory)
    let file = "kernel-versions.json"
    try await git.commit("one", [file: record(1, "pass", "proved")])
    try await git.commit("side", [file: record(2, "fail", "fetched")], branch: "side", over: "one")
    try await git.commit("main", ["other": "1"])
    // The merge takes the side's record; what the side says is on record, and once.
    let tree = try await git.git("rev-parse", ["side^{tree}"])
    let merge = try await git.git("commit-tree", ["-p", "main", "-p", "side", "-m", "merge", tree])
    try await git.git("update-ref", ["refs/heads/main", merge])
    #expect(days(RecordHistory(of: Project(root: git.path))) == ["02", "01"])

    let clone = directory.appending("clone")
    try await git.git("clone", ["-q", "--depth=1", "file://\(git.path)", clone.string])
    #expect(days(RecordHistory(of: Project(root: clone))) == ["02"])
  }
}
