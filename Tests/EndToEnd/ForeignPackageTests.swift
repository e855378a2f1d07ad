import Host
import SystemPackage
import TestSupport
import Testing

/// A series that nobody here had a hand in: Debian's 206 patches to GRUB 2.06, through apt.
@Test(.enabled(if: Command("apt-get").resolved() != nil, "apt-get is not installed"))
func aDistributionsSeriesGoesThroughWithoutASpecialCase() async throws {
  try await withTemporaryDirectory { directory in
    let project = directory.appending("project")
    try Files.makeDirectory(project.appending("config"))
    try Files.write(
      Array(#"{"schema": 1, "versions": []}"#.utf8), to: project.appending("kernel-versions.json"))
    let work = directory.appending("work")
    try Files.makeDirectory(work)
    var environment = GitFixture.sealed(home: directory)
    environment["TOOL"] = Tool.path
    environment["PROJECT"] = project.string
    environment["PACKAGE"] = "grub2"
    let script = Tool.project.appending("Tests/foreign-series.sh")
    let run = try await Command("sh", [script.string], environment: environment, in: work).completion()
    let text = String(decoding: run.output, as: UTF8.self)
    if run.status == .exited(77) {
      try Test.cancel("apt has no source of grub2: \(String(decoding: run.errorOutput, as: UTF8.self))")
    }
    #expect(run.status == .exited(0), "\(text)\(String(decoding: run.errorOutput, as: UTF8.self))")
    let count = try #require(
      text.split(separator: "\n").last?.split(separator: " ").first.flatMap { Int($0) })
    #expect(count >= 100)
    #expect(text.contains("v1.0     pass     \(count) unchanged"), "\(text)")
  }
}
