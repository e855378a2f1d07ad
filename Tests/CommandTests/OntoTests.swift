import Host
import SystemPackage
import TestSupport
import Testing

@Test func aRebaseEndsWithTheTableOnStandardOutput() async throws {
  try await Checkout.with { checkout in
    let run = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    #expect(run.status == .exited(0))
    #expect(run.text.split(separator: "\n").count == 2)
    #expect(run.text.contains("v6.12.107  gcc        rebased  pass     1 unchanged"))
    #expect(run.errorText.contains("v6.12.107  rebased"))
    let line = try await checkout.kernel.git("show", ["xip/v6.12.107:a"])
    #expect(line.contains("line eleven"))
  }
}

@Test func twoRunsGiveTheSameCommit() async throws {
  try await Checkout.with { checkout in
    _ = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    let once = try await checkout.kernel.git("rev-parse", ["xip/v6.12.107"])
    try await checkout.kernel.git("update-ref", ["-d", "refs/heads/xip/v6.12.107"])
    _ = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    #expect(try await checkout.kernel.git("rev-parse", ["xip/v6.12.107"]) == once)
  }
}

/// DESIGN's contract with the programs that read this output.
@Test func theJSONHasTheShapeThatIsPromised() async throws {
  try await Checkout.with { checkout in
    let run = try await checkout.run("onto", "v6.12.107", "--rebase-only", "--json")
    let shape = try await Command(
      "python3",
      [
        "-c",
        """
        import json, sys
        document = json.load(sys.stdin)
        result = document["results"][0]
        print(document["schema"], *sorted(document))
        print(*sorted(result))
        print(*sorted(result["patches"][0]), result["patches"][0]["outcome"], result["verdict"], result["rung"])
        """,
      ]
    ).output(input: run.output)
    #expect(
      String(decoding: shape, as: UTF8.self) == """
        1 results schema
        base commit date patches rung seconds series toolchain tree verdict verification version
        name outcome unchanged pass rebased

        """)
  }
}

@Test func aConflictIsNamedAndDoesNotStopTheOthers() async throws {
  try await Checkout.with { checkout in
    let lines = (1...20).map { $0 == 11 ? "line XI\n" : "line \($0)\n" }
    try await checkout.kernel.commit("v6.13", ["a": lines.joined()])
    let run = try await checkout.run("onto", "v6.13", "v6.12.107", "--rebase-only")
    #expect(run.status == .exited(1))
    #expect(run.text.contains("one.patch: a:11: conflict with v6.13"))
    #expect(run.text.contains("v6.12.107  gcc        rebased  pass"))
    let branches = try await checkout.kernel.git("for-each-ref", ["--format=%(refname)", "refs/heads/xip"])
    #expect(branches == "refs/heads/xip/v6.12.107")
  }
}

@Test func aFailedVersionIsOnRecord() async throws {
  try await Checkout.with { checkout in
    try await checkout.kernel.commit("v6.13", ["a": "other\n"])
    _ = try await checkout.run("onto", "v6.13", "--rebase-only")
    let record = String(decoding: try Files.read(checkout.record), as: UTF8.self)
    #expect(record.contains(#""verdict" : "fail""#))
    let report = try await checkout.tool().run("report")
    #expect(report.text.contains("v6.13    gcc        fetched  fail"))
  }
}

@Test func aVersionNobodyHasListsWhatWasTried() async throws {
  try await Checkout.with { checkout in
    try checkout.write("apt-get", "exit 100")
    let run = try await checkout.run("onto", "v9.9.9")
    #expect(run.status == .exited(3))
    // What nobody has is no version of the matrix.
    let record = String(decoding: try Files.read(checkout.record), as: UTF8.self)
    #expect(!record.contains("v9.9.9"))
    for word in ["v9.9.9 cannot be had", "git:", "kernel.org:", "Debian", "v6.12.107"] {
      #expect(run.text.contains(word), "\(run.text)")
    }
  }
}

@Test func whatRunsUnattendedTakesTheNewestOnRecordAndSaysSo() async throws {
  try await Checkout.with { checkout in
    try checkout.write("apt-get", "exit 100")
    let listed = #"{"schema": 1, "versions": [{"version": "v6.12.38", "results": []}]}"#
    try Files.write(Array(listed.utf8), to: checkout.record)
    let run = try await checkout.run("onto", "v9.9.9", "--or-newest", "--rebase-only")
    #expect(run.status == .exited(0), "\(run.errorText)")
    #expect(run.text.contains("v6.12.38  gcc        rebased  pass"))
    #expect(run.errorText.contains("v6.12.38 is taken in place of v9.9.9"))
  }
}

@Test func aCorruptedPatchIsNamedByFileAndLine() async throws {
  try await Checkout.with { checkout in
    let broken = Checkout.patch.replacing("@@ -8,7 +8,7 @@", with: "@@ -8,9 +8,9 @@")
    try Files.write(Array(broken.utf8), to: checkout.series.appending("one.patch"))
    let run = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    #expect(run.status == .exited(2))
    #expect(run.errorText.contains("\(checkout.series)/one.patch:"), "\(run.errorText)")
    #expect(try await checkout.kernel.git("for-each-ref", ["refs/heads/xip"]) == "")
  }
}

@Test func aWrongCommandLineIsUsage() async throws {
  try await Checkout.with { checkout in
    let tool = checkout.tool()
    for arguments in [["onto"], ["onto", "six"], ["onto", "v6.12", "--toolchain", "tcc"], ["nonsense"]] {
      let run = try await tool.run(arguments)
      #expect(run.status == .exited(2), "\(arguments)")
    }
    let help = try await tool.run("--help")
    #expect(help.status == .exited(0))
    let nowhere = try await tool.run("onto", "v6.12.107", "--repo", "/nowhere")
    #expect(nowhere.status == .exited(2))
  }
}

@Test func anIllRecordIsLeftAloneAndNamedByLine() async throws {
  try await Checkout.with { checkout in
    let ill = Array("{\"schema\": 1,\n \"versions\": 7}".utf8)
    try Files.write(ill, to: checkout.record)
    let run = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    #expect(run.status == .exited(2))
    #expect(run.errorText.contains("kernel-versions.json:2: "))
    #expect(try Files.read(checkout.record) == ill)
  }
}

@Test func withoutACompilerThePackageIsNamedBeforeAnythingIsBuilt() async throws {
  try await Checkout.with { checkout in
    let path = try checkout.path(without: "mipsel-linux-gnu")
    let run = try await checkout.run("onto", "v6.12.107", environment: ["PATH": path])
    #expect(run.status == .exited(3))
    #expect(run.text.contains("gcc-mipsel-linux-gnu"), "\(run.text)")
    #expect(run.text.contains("xip-rebase doctor"))
    #expect(!Files.exists(checkout.cache.appending("work")))
  }
}

@Test func withoutQEMUThePackageIsNamedBeforeAnythingIsBuilt() async throws {
  try await Checkout.with { checkout in
    let path = try checkout.path(without: "qemu-system")
    let run = try await checkout.run("onto", "v6.12.107", environment: ["PATH": path])
    #expect(run.status == .exited(3))
    #expect(run.text.contains("qemu-system-mips"), "\(run.text)")
    #expect(!Files.exists(checkout.cache.appending("work")))
  }
}

@Test func doctorNamesWhatIsMissingAndTheCommandThatInstallsIt() async throws {
  try await Checkout.with { checkout in
    let path = try checkout.path(without: "qemu-system", "quilt")
    let run = try await checkout.tool(["PATH": path]).run("doctor")
    #expect(run.status == .exited(3))
    #expect(
      run.text.contains("apt-get install --no-install-recommends qemu-system-mips quilt"), "\(run.text)")
  }
}
