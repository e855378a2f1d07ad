import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

/// A record whose one result has `fields` besides what it must have.
private func record(_ fields: String) -> String {
  """
  {"schema": 1, "versions": [{"version": "v6.12.38", "results": [{"version": "v6.12.38", "toolchain": "gcc",
  "verdict": "pass", "patches": [], "series": "s", "seconds": {}, "date": "d"\(fields)}]}]}
  """
}

private func nested(_ depth: Int) -> String {
  String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
}

@Suite struct HostileRecordTests {
  @Test(arguments: [
    (#"{"schema": 1, "schema": 1, "versions": []}"#, "1: \"schema\" stands twice in one object"),
    (record(",\n\"series\": \"t\""), "3: \"series\" stands twice in one object"),
    (record(",\n\"\\u0073eries\": \"t\""), "3: \"series\" stands twice in one object"),
    (record(#", "seconds": {"a": 1}"#), "2: \"seconds\" stands twice in one object"),
    (record(#", "imageBytes": 1e400"#), ""), (record(#", "imageBytes": 99999999999999999999"#), ""),
    (record(#", "imageBytes": 1.5"#), ""), (record(#", "reason": ["a"]"#), "2: \"reason\" is not a text"),
    (record(#", "proofs": {}"#), "2: \"proofs\" is not a list"), (record(#", "rung": "roof""#), ""),
    (record(#", "memory": 7"#), ""),
    (#"{"schema": 1, "versions": \#(nested(100_000))}"#, ""), (nested(1_000_000), ""),
    (
      record(
        #"}, {"version": "v6.12.38",\#n"toolchain": "gcc", "verdict": "pass", "patches": [], "series": "s", "#
          + #""seconds": {}, "date": "d""#), "3: v6.12.38 has two results of gcc"
    ),
    (#"{"schema": true, "versions": []}"#, "1: \"schema\" is not a whole number"),
    (#"{"schema": 2, "versions": []}"#, "1: schema 2 is not 1, the one this tool writes"),
    (#"{"schema": 1, "versions": [{"version": "--upload-pack=x", "results": []}]}"#, ""),
    (#"{"schema": 1, "versions": [{"version": "../v6.12", "results": []}]}"#, ""),
    (#"{"schema": 1, "versions": [{"version": "v6.12\u0000", "results": []}]}"#, ""),
    (#"{"schema": 1, "versions": [{"version": "v6.12", "results": [null]}]}"#, ""),
    ("{\"schema\": 1, \"versions\": [\u{0}]}", ""), ("\u{FEFF}", ""), ("", ""), ("null", ""), ("7", ""),
    ("{\"schema\": 1, \"versions\": [], \"x\": \"", ""),
  ])
  func aHostileRecordIsRefusedWithItsLineAndLeftAlone(text: String, problem: String) async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("kernel-versions.json")
      try Files.write(Array(text.utf8), to: path)
      let error = #expect(throws: RecordError.self) { try Record.load(path) }
      guard case .malformed(_, let line, let said) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect("\(line): \(said)".hasPrefix(problem))
      #expect(line >= 1 && !said.isEmpty && error?.blame == .usage)
      #expect(throws: RecordError.self) { try Record.change(path) { $0 = Record() } }
      #expect(try Files.read(path) == Array(text.utf8))
      #expect(try Files.list(directory) == ["kernel-versions.json"])
    }
  }

  @Test func resultsAreReadInTheOrderInWhichTheyAreWritten() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("kernel-versions.json")
      let text = record("").replacing("gcc", with: "b")
      let both = text.replacing(
        "]}]}",
        with: """
          , {"version": "v6.12.38", "toolchain": "a", "verdict": "pass", "patches": [], "series": "s", "seconds": {},
          "date": "d"}]}]}
          """)
      try Files.write(Array(both.utf8), to: path)
      var merged = try Record.load(path)
      let before = merged
      merged.merge(before)
      #expect(merged == before)
    }
  }

  @Test func numbersThatNoMemoryHasAreKeptAndTrapNothing() async throws {
    let figures = #"{"availableKiB": \#(Int.max), "reservedKiB": 0, "line": ""}"#
    let others = #"{"availableKiB": \#(Int.min), "reservedKiB": \#(Int.min), "line": ""}"#
    let text = record(#", "memory": {"xip": \#(figures), "stock": \#(others)}, "instructions": \#(Int.min)"#)
    try await withTemporaryDirectory { directory in
      let path = directory.appending("kernel-versions.json")
      try Files.write(Array(text.utf8), to: path)
      let loaded = try Record.load(path)
      #expect(loaded.entries[0].results[0].memory?.savedKiB == 0)
      try loaded.save(path)
      #expect(try Record.load(path) == loaded)
    }
  }

  @Test func theSameNameInTwoObjectsIsNoDuplicate() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("kernel-versions.json")
      let text = record(#", "reason": "{\"a\": 1, \"a\": [", "log": "a""#)
      try Files.write(Array(text.utf8), to: path)
      #expect(try Record.load(path).entries.count == 1)
    }
  }
}
