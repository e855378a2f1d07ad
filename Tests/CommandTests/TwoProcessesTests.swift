import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

#if canImport(Glibc)
  import Glibc
#endif

/// Two of the tool at once on the same store, project or series.
@Suite struct TwoProcessesTests {
  @Test(arguments: [("v6.12.40", "v6.12.40"), ("v6.12.40", "v6.12.41")])
  func fetchesOneAfterTheOther(one: String, other: String) async throws {
    try await Checkout.with { checkout in
      let tool = try await checkout.makeMirror(of: ["6.12.40", "6.12.41"])
      async let first = tool.run("fetch", one)
      async let second = tool.run("fetch", other)
      for run in try await [first, second] { #expect(run.status == .exited(0), "\(run.errorText)") }
      let store = checkout.cache.appending("trees.git")
      #expect(
        try await checkout.git(store, "tag").split(separator: "\n").map(String.init)
          == Set([one, other]).sorted())
      let said = try await checkout.git(store, "fsck", "--full", "--no-progress", "--no-dangling")
      #expect(said.split(separator: "\n").allSatisfy { $0.hasPrefix("notice: ") }, "\(said)")
      #expect(try Files.list(checkout.cache.appending("downloads")) == ["lock"])
    }
  }

  /// The one that waits names the one it waits for, and goes on when that is done, or dead.
  @Test(arguments: [false, true])
  func whoWaitsNamesTheHolder(isKilled: Bool) async throws {
    try await Checkout.with { checkout in
      let tool = try await checkout.makeMirror(of: ["6.12.40", "6.12.41"])
      let (asking, go) = (checkout.directory.appending("asking"), checkout.directory.appending("go"))
      try checkout.write(
        "curl",
        """
        : > '\(asking)'
        until [ -e '\(go)' ]; do sleep 0.02; done
        PATH=${PATH#*:} exec curl "$@"
        """)
      async let holding = tool.run("fetch", "v6.12.40")
      try await untilThere(asking)
      var holder: Int32?
      let waiting = try await tool.run(
        ["fetch", "v6.12.41"],
        watching: { text in
          guard holder == nil,
            let match = text.firstMatch(of: #/xip-rebase \(pid (\d+), `fetch`, since .* UTC\) is/#)
          else { return }
          holder = Int32(match.output.1)
          if isKilled, let holder { kill(holder, SIGKILL) }
          try? Files.write([], to: go)
        })
      #expect(holder != nil, "\(waiting.text)")
      #expect(waiting.status == .exited(0), "\(waiting.text)")
      #expect(try await holding.status == (isKilled ? .signalled(SIGKILL) : .exited(0)))
      let again = try await tool.run("fetch", "v6.12.40")
      #expect(again.status == .exited(0), "\(again.errorText)")
    }
  }

  @Test(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
  func matricesDoNotBuildTheSameTwice() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.107", "v6.13"])
      let versions = ["v6.12.107", "v6.13"]
      let matrix = ["matrix"] + versions + ["--toolchain", "gcc", "--until", "booted"] + checkout.ownKernel
      let other = checkout.directory.appending("other.json")
      try Files.write(try await madeUpRecord(5), to: other)
      async let first = checkout.tool().run(matrix)
      async let second = checkout.tool().run(matrix)
      async let merge = checkout.tool().run("record", "merge", other.string)
      for run in try await [first, second, merge] { #expect(run.status == .exited(0), "\(run.errorText)") }
      let record = try Record.load(checkout.record)
      for version in versions {
        let result = record.result(version, toolchain: "gcc")
        #expect(result?.verdict == .pass && result?.rung == .booted, "\(String(describing: result?.reason))")
      }
      for result in try Record.load(other).entries.flatMap(\.results) {
        #expect(record.result(result.version, toolchain: result.toolchain) == result)
      }
      #expect(
        checkout.lines("linked").sorted() == ["v6.12.107 twin", "v6.12.107 xip", "v6.13 twin", "v6.13 xip"])
      #expect(checkout.lines("boots").count == 4)
    }
  }

  /// Different releases share the directories in which they are built.
  @Test(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
  func climbsOfDifferentReleasesDoNotMix() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.107", "v6.13"])
      // The second starts while the first compiles, whose last object waits for that.
      let started = checkout.directory.appending("started")
      try checkout.hook("hold-v6.12.107", "touch marker; until [ -e '\(started)' ]; do sleep 0.02; done")
      let marker = checkout.objects.appending("marker")
      func onto(_ version: String) -> [String] {
        ["onto", version, "--until", "booted"] + checkout.ownKernel
      }
      async let first = checkout.tool().run(onto("v6.12.107"))
      try await untilThere(marker)
      let second = try await checkout.tool().run(
        onto("v6.13"),
        watching: { text in
          if text.contains("waiting for it") { try? Files.write([], to: started) }
        })
      #expect(second.status == .exited(0), "\(second.text)")
      #expect(second.text.contains("`onto`, since"), "\(second.text)")
      let run = try await first
      #expect(run.status == .exited(0), "\(run.errorText)")
      let expected = ["v6.12.107", "v6.13"].flatMap { version in
        ["one", "two", "three"].map { "\(version) \($0)" }
      }
      #expect(checkout.lines("compiled") == expected)
    }
  }

  @Test func refreshesIntoOneDirectoryWriteItOnce() async throws {
    try await Checkout.with { checkout in
      try checkout.addPatches()
      let out = checkout.directory.appending("out")
      let refresh = ["refresh", "v6.12.38", "--to", out.string] + checkout.ownKernel
      async let first = checkout.tool().run(refresh)
      async let second = checkout.tool().run(refresh)
      let codes = try await [first.status, second.status]
      #expect(codes.contains(.exited(0)) && codes.contains(.exited(2)), "\(codes)")
      #expect(try Files.list(out) == ["one.patch", "series", "three.patch", "two.patch"])
    }
  }

  @Test func changesOfOneStackAreBothMade() async throws {
    try await Checkout.with { checkout in
      try checkout.addPatches()
      func message(_ name: String) throws -> String {
        let file = checkout.directory.appending(name)
        try Files.write(Array("Say it \(name)\n".utf8), to: file)
        return file.string
      }
      let (one, two) = (try message("better"), try message("shorter"))
      async let first = checkout.run("edit", "one", "--message", one)
      async let second = checkout.run("edit", "two", "--message", two)
      for run in try await [first, second] { #expect(run.status == .exited(0), "\(run.errorText)") }
      let contents = try checkout.contents()
      #expect(contents["one.patch"]?.contains("Say it better") == true)
      #expect(contents["two.patch"]?.contains("Say it shorter") == true)
      #expect(try await checkout.run("log").text.split(separator: "\n").count == 3)
    }
  }
}

extension Checkout {
  /// Makes a stand-in for kernel.org with the tarballs of `versions`, and returns the tool that knows no other source.
  fileprivate func makeMirror(of versions: [String]) async throws -> Tool {
    let all = directory.appending("all")
    try Files.makeDirectory(all)
    for version in versions {
      _ = try await mirror(version, size: 1 << 16)
      _ = try await Command(
        "sh", ["-c", "cp mirror/v6.x/*.xz all; cat mirror/v6.x/*.asc >> all/sums"], in: directory
      )
      .output()
    }
    _ = try await Command(
      "sh", ["-c", "cp all/*.xz mirror/v6.x; cp all/sums mirror/v6.x/sha256sums.asc"], in: directory
    )
    .output()
    return tool(["XIP_REBASE_SOURCES": "kernel.org", "XIP_REBASE_KERNEL_ORG": "file://\(directory)/mirror"])
  }
}
