import ArgumentParser
import Host
import SystemPackage
import TestSupport
import Testing

@testable import xip_rebase

/// What the commands print with `--json`, by the schemas in docs/schema.
@Suite struct DocumentTests {
  /// The schema of each command's document.
  ///
  /// `boot --prove` and `measure` take a kernel that boots: SchemaTests has theirs.
  private static let schemas = [
    "annotate": "annotate", "bisect": "bisect", "boot": "boot", "cache": "cache", "check": "report",
    "continue": "report", "doctor": "doctor", "drop": "change", "edit": "change", "fetch": "fetch",
    "log": "log",
    "matrix": "report", "measure": "measure", "new": "change", "onto": "report", "range-diff": "range-diff",
    "reorder": "change", "resolutions list": "resolutions", "skip": "report", "status": "status",
    "undo": "change", "verify": "verify", "versions": "versions",
  ]

  @Test func everyDocumentHasASchema() throws {
    let commands = Example.leaves(XIPRebase.self, []).filter { _, command in
      XIPRebase.helpMessage(for: command, columns: 10_000).contains("--json")
    }
    #expect(commands.map(\.name).sorted() == Self.schemas.keys.sorted())
    let names = Set(Self.schemas.values).union(["record"]).map { "\($0).json" }
    #expect(try JSONSchemas().files.keys.sorted() == names.sorted())
    let text = String(decoding: try Files.read(Tool.project.appending("docs/commands.md")), as: UTF8.self)
    for name in names { #expect(text.contains("(schema/\(name))"), "\(name)") }
  }

  /// Runs a command with `--json`, and expects a document that its schema takes, and with one member more does not.
  private func expect(
    _ command: String, _ arguments: [String] = [], of checkout: Checkout, _ status: Int32 = 0
  ) async throws {
    let words = command.split(separator: " ").map(String.init) + arguments + ["--json"]
    let run = try await checkout.tool().run(words)
    #expect(run.status == .exited(status), "\(words): \(run.errorText)")
    let schema = "\(try #require(Self.schemas[command])).json"
    let schemas = try JSONSchemas()
    #expect(try schemas.mistakes(of: run.output, by: schema) == [], "\(words)\n\(run.text)")
    let other = "{\"other\": 1," + run.text.dropFirst()
    #expect(try schemas.mistakes(of: other.utf8, by: schema) == ["$.other is unknown"], "\(words)")
  }

  @Test func theStacksDocumentsAreAsTheirSchemasSay() async throws {
    try await Checkout.with { checkout in
      try checkout.addPatches()
      let own = checkout.ownKernel
      let message = checkout.directory.appending("message")
      try Files.write(Array("Say it better\n".utf8), to: message)
      let added = checkout.directory.appending("added")
      try Files.write(Array("--- /dev/null\n+++ b/c\n@@ -0,0 +1 @@\n+c\n".utf8), to: added)
      try await expect(
        "new", ["four", "--from", added.string, "--message", message.string] + own, of: checkout)
      try await expect("edit", ["one", "--message", message.string] + own, of: checkout)
      try await expect("drop", ["three"] + own, of: checkout)
      try await expect("reorder", ["one", "--last"] + own, of: checkout)
      try await expect("undo", own, of: checkout)
      try await expect("log", own, of: checkout)
      try await expect("annotate", ["b"] + own, of: checkout)
      try await checkout.kernel.commit("v6.12.108", ["b": "b\n"])
      try await expect("range-diff", ["v6.12.38", "v6.12.108"] + own, of: checkout)
      _ = try await checkout.run("edit", "two")
      try await expect("status", of: checkout)
    }
  }

  @Test func theRebasesDocumentsAreAsTheirSchemasSay() async throws {
    try await Checkout.with { checkout in
      let own = checkout.ownKernel
      for version in ["v6.13", "v6.14"] { try await checkout.conflict(version) }
      try Files.write([], to: checkout.series.appending("stray.patch"))
      try await expect("check", own, of: checkout, 1)
      try await expect(
        "bisect", ["v6.12.107", "v6.13", "--offline", "--until", "rebased"] + own, of: checkout)
      try await expect("onto", ["v6.13", "v6.14", "--rebase-only"] + own, of: checkout, 1)
      try await expect("status", of: checkout)
      try checkout.settle(checkout.project.appending("conflicts/v6.13/one.patch/a"), "line eleven XI\n")
      try await expect("continue", ["v6.13"], of: checkout)
      try await expect("skip", of: checkout)
      try await expect("resolutions list", ["--series", checkout.series.string], of: checkout)
      try await expect("fetch", ["v6.12.107", "--repo", checkout.kernel.path.string], of: checkout)
      try await expect("versions", ["--offline", "--repo", checkout.kernel.path.string], of: checkout)
      try checkout.fill("results/v6.1-gcc/vmlinux")
      try await expect("cache", ["--trim", "0"], of: checkout)
      let doctor = try await checkout.tool().run("doctor").status == .exited(0)
      try await expect("doctor", of: checkout, doctor ? 0 : 3)
    }
  }

  @Test(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
  func theLayoutsDocumentIsAsItsSchemaSays() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.50"])
      _ = try await checkout.run("onto", "v6.12.50", "--until", "laid-out")
      // What was laid out last.
      try await expect("verify", of: checkout)
    }
  }
}
