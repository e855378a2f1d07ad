import FlashCost
import Host
import Reports
import SystemPackage
import TestSupport
import Testing
import VersionMatrix
import XIPKernel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// The tool as a user has it, on a real kernel, in the user's own cache folder.
///
/// Each run works on a copy of the project whose PID 1 differs in a comment, so that nothing of an earlier run
/// stands for it, while the store and the compiled objects of earlier runs are used as they are.
@Suite(.serialized) struct WholeRoadTests {
  static let version = "v6.12.107"

  @Test func theRoadIsClimbedToItsEndThoughInterruptedOnEveryRung() async throws {
    try await Copy.with { copy in
      for activity in ["fetching", "rebasing", "compiling", "laying out", "booting", "proving"] {
        let arguments = ["onto", Self.version, "--or-newest"]
        let run = try await copy.tool.run(arguments, sending: SIGINT, at: "  \(activity)\n")
        #expect(run.status == .exited(130), "\(activity): \(run.text)")
        #expect(try processes(naming: copy.cache.string) == [], "\(activity)")
      }

      let run = try await copy.tool.run("onto", Self.version, "--or-newest", "--json")
      #expect(run.status == .exited(0), "\(String(decoding: run.errorOutput, as: UTF8.self))")
      let document = try JSONDecoder().decode(ResultsDocument.self, from: Data(run.output))
      let result = try #require(document.results.first)
      #expect(result.verdict == .pass)
      #expect(result.rung == .proved)
      #expect(result.patches.count == 5)
      // The least that gcc's kernel has to save; clang's is larger, and saves more.
      #expect(try #require(result.memory).savedKiB >= 1984)
      let proofs = try #require(result.proofs)
      #expect(
        proofs.map(\.name) == [
          "fetched-from-flash", "flash-not-written", "flash-unchanged", "text-not-in-ram", "memory-line",
          "deterministic",
        ])
      #expect(proofs.allSatisfy { $0.passed && !$0.control.passed })
      #expect(try #require(result.instructions) > 10_000_000)
      let memory = try #require(result.memory)
      let xip = try #require(memory.xip.smallestKiB)
      let stock = try #require(memory.stock.smallestKiB)
      #expect(xip % 256 == 0 && stock % 256 == 0)
      #expect(stock - xip >= 2048)
      let record = try Record.load(copy.project.appending("kernel-versions.json"))
      #expect(record.result(result.version, toolchain: "gcc") == result)

      let again = try await copy.tool.run("onto", result.version)
      #expect(again.status == .exited(0))
      #expect(String(decoding: again.errorOutput, as: UTF8.self).contains("kept"))

      // What the Makefile's `verify` and `run` work on.
      let verified = try await copy.tool.run("verify")
      #expect(verified.status == .exited(0), "\(String(decoding: verified.output, as: UTF8.self))")
      let booted = try await copy.tool.run("boot")
      #expect(booted.status == .exited(0), "\(String(decoding: booted.output, as: UTF8.self))")

      // The control: the kernel that was loaded to RAM must not pass for one that executes in place.
      let last = copy.cache.appending("results").appending("last")
      let twin = try await copy.tool.run("verify", last.appending("twin-vmlinux").string)
      #expect(twin.status == .exited(1), "\(String(decoding: twin.output, as: UTF8.self))")

      // What its boots cost is the same in every run, and stands beside the result.
      let measured = try await copy.tool.run("measure", result.version, "--json")
      #expect(measured.status == .exited(0), "\(String(decoding: measured.errorOutput, as: UTF8.self))")
      let measuredAgain = try await copy.tool.run("measure", result.version, "--json")
      #expect(measuredAgain.output == measured.output)
      let costs = try #require(
        try Record.load(copy.project.appending("kernel-versions.json")).result(
          result.version, toolchain: "gcc")?.costs)
      #expect(costs.ways.map(\.way) == BootWay.allCases)
      #expect(costs.ways.allSatisfy { $0[.kernelInit] != nil && $0[.firstProcess] != nil })
      let misses = try costs.ways.map { try #require($0[.kernelInit]?.misses["64k4+32k4"]) }
      #expect(misses[0].flashText > 10_000 && misses[0].ramText < 1000)
      #expect(misses[1].flashText == 0 && misses[1].ramText > 10_000)
    }
  }

  @Test func aKernelThatPanicsFailsWithItsPanicAsTheReason() async throws {
    try await Copy.with { copy in
      try copy.replaceInit(
        """
        /* Ends at once, which the kernel cannot do without. */
        void __start(void)
        {
          register long number asm("v0") = 4001;
          register long status asm("a0") = 3;
          asm volatile("syscall" : : "r"(number), "r"(status));
          for (;;)
            ;
        }
        """)
      let run = try await copy.tool.run("onto", Self.version, "--or-newest", "--json")
      let document = try JSONDecoder().decode(ResultsDocument.self, from: Data(run.output))
      let result = try #require(document.results.first)
      #expect(run.status == .exited(1))
      #expect(result.verdict == .fail)
      #expect(result.rung == .laidOut)
      #expect(result.reason?.contains("Kernel panic - not syncing: Attempted to kill init!") == true)
    }
  }

  @Test func theSeriesWithoutItsLastPatchFailsWithAReason() async throws {
    try await Copy.with { copy in
      let series = copy.project.appending("series")
      let last = try #require(try Files.list(series).first { $0.hasPrefix("0005") })
      let list = String(decoding: try Files.read(series.appending("series")), as: UTF8.self)
      try Files.write(Array(list.replacing("\(last)\n", with: "").utf8), to: series.appending("series"))
      try Files.remove(series.appending(last))
      let run = try await copy.tool.run("onto", Self.version, "--or-newest", "--json")
      let document = try JSONDecoder().decode(ResultsDocument.self, from: Data(run.output))
      let result = try #require(document.results.first)
      #expect(run.status == .exited(1))
      #expect(result.verdict == .fail)
      #expect(result.reason?.contains("CONFIG_XIP_KERNEL") == true, "\(result.reason ?? "")")
    }
  }
}

/// A copy of the project's inputs, and the tool started in it.
private struct Copy {
  let project: FilePath

  /// Where the user's `xip-rebase` keeps its files.
  var cache: FilePath { userCache.appending("xip-rebase") }

  private var userCache: FilePath {
    let named = getenv("XDG_CACHE_HOME").map { FilePath(String(cString: $0)) }
    let home = getenv("HOME").map { FilePath(String(cString: $0)) } ?? "/"
    return named ?? home.appending(".cache")
  }

  var tool: Tool {
    Tool(
      in: project, home: project.removingLastComponent(), environment: ["XDG_CACHE_HOME": userCache.string])
  }

  static func with(_ body: (Copy) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
      let copy = Copy(project: directory.appending("project"))
      try Files.makeDirectory(copy.project)
      let inputs = [
        "series", "config", "shim", "userspace", "boards", "measure", "packages.txt", "kernel-versions.json",
      ]
      let sources = inputs.map { Tool.project.appending($0).string }
      _ = try await Command("cp", ["-a"] + sources + [copy.project.string]).output()
      let source = copy.project.appending("userspace").appending("init.c")
      let own = "\n/* run \(UInt64.random(in: .min ... .max)) */\n"
      try Files.write(try Files.read(source) + Array(own.utf8), to: source)
      try await body(copy)
    }
  }

  func replaceInit(_ source: String) throws {
    try Files.write(Array(source.utf8), to: project.appending("userspace").appending("init.c"))
  }
}

/// Returns the command lines of the running processes that name `path`, but for those of the tests themselves.
private func processes(naming path: String) throws -> [String] {
  try Files.list("/proc").compactMap { name in
    guard let number = Int32(name), number != getpid(),
      let line = try? Files.read(FilePath("/proc/\(number)/cmdline"))
    else { return nil }
    let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return words.contains { $0.contains(path) } ? words.joined(separator: " ") : nil
  }
}
