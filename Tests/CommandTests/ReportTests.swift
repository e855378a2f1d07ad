import Host
import TestSupport
import Testing

@Test func thePageShowsEveryListedVersionAndWhatWasOnRecordBefore() async throws {
  try await Checkout.with { checkout in
    func write(_ verdict: String, day: Int) throws {
      let result = """
        {"version": "v6.12.38", "toolchain": "gcc", "verdict": "\(verdict)", "rung": "rebased", "patches": [], \
        "series": "", "seconds": {}, "date": "2026-01-0\(day)T00:00:00Z", "log": "the end of a log"}
        """
      let text = """
        {"schema": 1, "versions": [{"version": "v6.12.38", "results": [\(result)]},
        {"version": "v6.12.39", "results": []}]}
        """
      try Files.write(Array(text.utf8), to: checkout.record)
    }
    func git(_ arguments: String...) async throws {
      _ = try await Command(
        "git", arguments, environment: GitFixture.sealed(home: checkout.directory), in: checkout.project
      ).output()
    }
    try write("pass", day: 1)
    let without = try await checkout.tool().run("report", "--format", "html")
    #expect(without.status == .exited(0), "\(without.errorText)")
    #expect(without.text.contains("<th scope=\"row\">v6.12.39</th>"))
    #expect(!without.text.contains("On record before"))

    try await git("init", "-q")
    try await git("add", "kernel-versions.json")
    try await git("commit", "-qm", "one")
    try write("fail", day: 2)
    let with = try await checkout.tool().run("report", "--format", "html")
    #expect(with.text.contains("On record before"))
    #expect(with.text.contains("<time>2026-01-01</time>"))
    #expect(with.text.contains("the end of a log"))
  }
}
