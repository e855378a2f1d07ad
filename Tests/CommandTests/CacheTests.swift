import Host
import KernelTrees
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

private struct Document: Decodable {
  struct Part: Decodable {
    let name: String
    let kind: String
    let bytes: Int
    let lastUse: String
    let isInUse: Bool
  }

  let schema: Int
  let path: String
  let bytes: Int
  let parts: [Part]
  let removed: [Part]?
}

extension Checkout {
  fileprivate func cacheDocument(_ arguments: String...) async throws -> Document {
    let run = try await tool().run(["cache", "--json"] + arguments)
    #expect(run.status == .exited(0), "\(run.errorText)")
    return try JSONDecoder().decode(Document.self, from: Data(run.output))
  }

  func fill(_ name: String) throws {
    try Files.makeDirectory(cache.appending(FilePath(name).removingLastComponent().string))
    try Files.write(Array(repeating: 1, count: 2 << 20), to: FilePath("\(cache)/\(name)"))
  }
}

@Test func theCacheIsShownAndTrimmed() async throws {
  try await Checkout.with { checkout in
    let empty = try await checkout.tool().run("cache").text
    #expect(empty == "used last  size  in use  part\n0.0 MiB in \(checkout.cache)\n")
    try checkout.fill("results/v6.1-gcc/vmlinux")
    try checkout.fill("trees.git/pack")
    let hold = try DirectoryHold(checkout.cache.appending("work"))
    try checkout.fill("work/file")

    let shown = try await checkout.cacheDocument()
    #expect(shown.schema == 1 && shown.path == checkout.cache.string && shown.removed == nil)
    #expect(Set(shown.parts.map(\.name)) == ["results/v6.1-gcc", "trees.git", "work"])
    #expect(shown.parts.filter(\.isInUse).map(\.name) == ["work"])
    #expect(shown.bytes >= 6 << 20 && shown.parts.allSatisfy { $0.lastUse.hasSuffix("Z") })
    let table = try await checkout.tool().run("cache").text
    #expect(table.contains("  2.0 MiB          results/v6.1-gcc\n"), "\(table)")
    #expect(table.contains("  2.0 MiB  yes     work\n"), "\(table)")

    let enough = try await checkout.cacheDocument("--trim", "1T")
    #expect(enough.removed?.isEmpty == true && enough.parts.count == 3)
    let trimmed = try await checkout.tool().run("cache", "--trim", "1M")
    #expect(trimmed.status == .exited(0))
    #expect(trimmed.text.hasPrefix("removed results/v6.1-gcc, 2.0 MiB\n"), "\(trimmed.text)")
    #expect(trimmed.text.contains("what is left is in use, or kernel trees"), "\(trimmed.text)")
    #expect(!Files.exists(checkout.cache.appending("results/v6.1-gcc")))
    let all = try await checkout.cacheDocument("--trim", "0", "--trees")
    #expect(all.removed?.map(\.name) == ["trees.git"] && all.parts.map(\.name) == ["work"])
    extendLifetime(hold)
  }
}

@Test(arguments: [["--trim", "much"], ["--trim", "-1"], ["--trim", "9999999999T"], ["--trees"]])
func aSizeThatIsNoneIsRefused(arguments: [String]) async throws {
  try await Checkout.with { checkout in
    let run = try await checkout.tool().run(["cache"] + arguments)
    #expect(run.status == .exited(2), "\(run.text)")
  }
}

/// What a climb makes is bound by itself; what it needs is held while it runs.
@Test(.enabled(if: canCrossBuild, "needs the cross compiler"))
func aClimbHoldsWhatItNeedsAndOldResultsGoBehindIt() async throws {
  try await Checkout.with { checkout in
    try await checkout.makeKernels(["v6.12.50", "v6.12.51"])
    try checkout.fill("results/v6.1-gcc/vmlinux")
    // While the second is compiled, another process trims all it can.
    try checkout.hook("hold-v6.12.51", ": >held; until [ -e \(checkout.programs)/go ]; do sleep 0.1; done\n")
    let arguments = ["onto", "v6.12.50", "v6.12.51", "--until", "booted"] + checkout.ownKernel
    async let run = checkout.tool(["XIP_REBASE_RESULTS": "1"]).run(arguments)
    try await untilThere(checkout.objects.appending("held"))
    let trimmed = try await checkout.cacheDocument("--trim", "0")
    try checkout.hook("go")
    #expect(trimmed.removed?.map(\.name).contains("results/v6.1-gcc") == true)
    let inUse = Set(trimmed.parts.filter(\.isInUse).map(\.name))
    #expect(inUse.isSuperset(of: ["work", "objects/gcc-little", "results/v6.12.51-gcc"]), "\(inUse)")
    #expect(try await run.status == .exited(0))

    // By itself, when a climb has ended.
    try checkout.fill("results/v6.2-gcc/vmlinux")
    let again = try await checkout.tool(["XIP_REBASE_RESULTS": "1"]).run(arguments)
    #expect(again.status == .exited(0), "\(again.errorText)")
    let told = again.errorText
    #expect(told.contains("removed results/v6.2-gcc, which was used longest ago"), "\(told)")
    #expect(Files.exists(checkout.cache.appending("results/v6.12.51-gcc/vmlinux")))
  }
}
