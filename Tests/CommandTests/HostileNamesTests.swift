import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct HostileNamesTests {
  @Test(arguments: [
    "--upload-pack=touch evil", "v6.1;touch evil", "../v6.12.38", "refs/heads/main", "$(touch evil)", "HEAD",
  ])
  func aVersionThatIsAnOptionAReferenceOrAPathIsRefused(name: String) async throws {
    try await Checkout.with { checkout in
      let record = try Files.read(checkout.record)
      for command in [
        ["onto", "--"], ["fetch", "--"], ["check", "--"], ["matrix", "--"], ["versions", "--add"],
      ] {
        let run = try await checkout.tool().run(command + [name])
        #expect(run.status == .exited(2), "\(command) \(name): \(run.text)\(run.errorText)")
      }
      #expect(try Files.read(checkout.record) == record)
      #expect(!Files.exists(checkout.project.appending("evil")))
      #expect(!Files.exists(checkout.cache.appending("trees.git")))
    }
  }

  @Test(arguments: ["--upload-pack=touch${IFS}evil", "../x", "v6.12.38;touch", "refs/heads/none"])
  func aBaseThatIsNoReleaseIsNamedAndNothingIsDone(base: String) async throws {
    try await Checkout.with { checkout in
      try Files.write(Array("# base: \(base)\none.patch\n".utf8), to: checkout.series.appending("series"))
      // What does not fit by itself takes the base's tree.
      let lines = (1...20).map { "line \($0)\($0 == 12 ? " changed" : "")\n" }
      try await checkout.kernel.commit("v6.12.200", ["a": lines.joined()])
      let before = try await checkout.kernel.git("for-each-ref")
      let run = try await checkout.run("check", "v6.12.200")
      #expect(run.status != .exited(0), "\(run.text)")
      #expect((run.text + run.errorText).contains(base), "\(run.text)\(run.errorText)")
      #expect(try await checkout.kernel.git("for-each-ref") == before)
      #expect(!Files.exists(checkout.project.appending("evil")))
    }
  }

  @Test(arguments: [
    "a\nb.patch", "../out.patch", "/out.patch", "a b.patch", "a/../../out.patch", "# x.patch", "",
  ])
  func aPatchIsNotGivenANameThatTheListWouldReadOtherwise(name: String) async throws {
    try await Checkout.with { checkout in
      let list = try Files.read(checkout.series.appending("series"))
      let files = try Files.list(checkout.series)
      let diff = checkout.directory.appending("diff")
      try Files.write(Array("--- a/b\n+++ b/b\n@@ -1 +1 @@\n-b\n+c\n".utf8), to: diff)
      let run = try await checkout.run("new", name, "--from", diff.string)
      #expect(run.status != .exited(0), "\(run.text)\(run.errorText)")
      #expect(try Files.read(checkout.series.appending("series")) == list)
      #expect(try Files.list(checkout.series) == files)
      #expect(!Files.exists(checkout.directory.appending("out.patch")))
    }
  }
}
