import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

private struct Document: Codable {
  var results: [VersionResult]
}

/// The two-file kernel does not compile; what stands for an earlier climb to the top is written by hand, under the key
/// that the tool itself gives to the content.
@Test func whatWasBuiltBeforeIsKeptAndSaysSo() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    _ = try await checkout.run("onto", "v6.13", "--rebase-only")
    try checkout.settle(checkout.project.appending("conflicts/v6.13/one.patch/a"), "line eleven XI\n")
    _ = try await checkout.tool().run("continue")
    let resolutions = ["resolutions", "--series", checkout.series.string]
    #expect(try await checkout.tool().run(resolutions).text.contains("not booted yet"))

    let failed = try await checkout.run("onto", "v6.13", "--json")
    #expect(failed.status == .exited(1), "\(failed.errorText)")
    var result = try #require(
      try JSONDecoder().decode(Document.self, from: Data(failed.output)).results.first)
    #expect(result.key != nil && result.rung == .rebased)
    #expect(try await checkout.tool().run(resolutions).text.contains("not booted yet"))
    (result.verdict, result.rung, result.reason) = (.pass, .proved, nil)
    let kept = checkout.cache.appending("results/v6.13-gcc")
    try Files.makeDirectory(kept)
    try Files.write(Array(try JSONEncoder().encode(result)), to: kept.appending("result.json"))
    for name in ["flash.bios", "vmlinux", "twin-vmlinux"] { try Files.write([0], to: kept.appending(name)) }
    try Files.write(Array(#"{"schema": 1, "versions": []}"#.utf8), to: checkout.record)

    let run = try await checkout.run("onto", "v6.13")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(run.errorText.contains("v6.13  kept"), "\(run.errorText)")
    // What the version that booted had used is permanent from now on.
    let listed = try await checkout.tool().run(resolutions).text
    #expect(!listed.contains("not booted yet") && listed.contains("one.patch a v6.13"), "\(listed)")

    // Of another content nothing is kept.
    try Files.write(Array(Checkout.patch.utf8) + Array("\n".utf8), to: checkout.series.appending("one.patch"))
    let changed = try await checkout.run("onto", "v6.13")
    #expect(changed.status == .exited(1))
    #expect(!changed.errorText.contains("v6.13  kept"))
  }
}
