import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix
import Versions

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct ClimbTests {
  private func matrix(_ checkout: Checkout) -> [String] {
    ["matrix", "--toolchain", "gcc", "--until", "booted"] + checkout.ownKernel
  }

  @Test func aMatrixThatIsKilledRepeatsNoFinishedRungAndNoObject() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.107", "v6.13"])
      // Killed while the second version compiles, with the first one on record.
      try checkout.hook(
        "hold-v6.13",
        "until grep -q '\"booted\"' $record; do sleep 0.02; done; touch marker; sleep 600")
      let marker = checkout.objects.appending("marker")
      let status = try await checkout.tool().run(matrix(checkout), sendingKillWhen: marker)
      #expect(status == .exited(128 + 9))
      #expect(checkout.lines("linked") == ["v6.12.107 xip", "v6.12.107 twin"])

      try Files.remove(checkout.programs.appending("hold-v6.13"))
      let run = try await checkout.tool().run(matrix(checkout))
      #expect(run.status == .exited(0), "\(run.errorText)")
      #expect(run.errorText.contains("1 of 2 results on record stand"))
      #expect(
        checkout.lines("compiled")
          == ["v6.12.107", "v6.13"].flatMap { version in ["one", "two", "three"].map { "\(version) \($0)" } })
      #expect(checkout.lines("linked").count == 4)
      #expect(checkout.lines("boots").count == 4)

      let again = try await checkout.tool().run(matrix(checkout))
      #expect(again.errorText == "  2 of 2 results on record stand\n")
      #expect(again.text == run.text)
    }
  }

  @Test func aClimbThatIsKilledWhileItBootsGoesOnThere() async throws {
    try await Checkout.with { checkout in
      let booting = """
        if (-e "$here/hold") { open(my $m, '>', "$here/marker"); close $m; hang(); }
        start(); console(file('good')); event('guest-shutdown'); exit 0;
        """
      try await checkout.makeKernels(["v6.12.107"], booting: booting)
      try checkout.hook("hold")
      let onto = ["onto", "v6.12.107", "--until", "booted"] + checkout.ownKernel
      _ = try await checkout.tool().run(onto, sendingKillWhen: checkout.programs.appending("marker"))
      try Files.remove(checkout.programs.appending("hold"))
      let run = try await checkout.tool().run(onto)
      #expect(run.status == .exited(0), "\(run.errorText)")
      #expect(run.errorText.contains("v6.12.107 goes on behind laid-out"))
      #expect(!run.errorText.contains("compiling") && !run.errorText.contains("laying out"))
      #expect(checkout.lines("linked").count == 2)
      // The rungs below are on record all the same.
      let result = try #require(try Record.load(checkout.record).result("v6.12.107", toolchain: "gcc"))
      #expect(result.rung == .booted && result.verdict == .pass)
      #expect(Set(result.seconds.keys) == ["fetched", "rebased", "compiled", "laid-out", "booted"])
    }
  }

  @Test func aHigherGoalGoesOnBehindTheRungThatWasReached() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.107"])
      for goal in ["compiled", "laid-out", "booted"] {
        let run = try await checkout.tool().run(
          ["onto", "v6.12.107", "--until", goal] + checkout.ownKernel)
        #expect(run.status == .exited(0), "\(run.errorText)")
      }
      #expect(checkout.lines("linked").count == 2)
      #expect(checkout.lines("boots").count == 2)
    }
  }

  @Test func aBootThatFailsOnceIsFlakyAndDoesNotPass() async throws {
    try await Checkout.with { checkout in
      let booting = #"""
        if ($image =~ /bios/ && !-e "$here/failed") {
          open(my $f, '>', "$here/failed"); close $f;
          start(); console(qq([    0.100000] Kernel panic - not syncing: No init\r\n)); event('guest-reset'); exit 0;
        }
        start(); console(file('good')); event('guest-shutdown'); exit 0;
        """#
      try await checkout.makeKernels(["v6.12.107"], booting: booting)
      let run = try await checkout.tool().run(matrix(checkout))
      #expect(run.status == .exited(1))
      let result = try #require(try Record.load(checkout.record).result("v6.12.107", toolchain: "gcc"))
      #expect(result.verdict == .fail && result.rung == .laidOut && result.flaky == true)
      #expect(result.tries?.map { $0.reason != nil } == [true, false, false])
      #expect(result.reason?.hasPrefix("flaky: passed in 2 of 3 tries, but: not booted: ") == true)
      // The console that failed is still there to be read, and it is the one that is named.
      let files = checkout.cache.appending("results/v6.12.107-gcc")
      let console = String(decoding: try Files.read(files.appending("console.log")), as: UTF8.self)
      #expect(console.contains("Kernel panic"))
      #expect(result.reason?.contains("v6.12.107-gcc/console.log") == true)
      #expect(Files.exists(files.appending("try-3/console.log")))
      // Nor does it pass when it is run again.
      _ = try await checkout.tool().run(matrix(checkout) + ["--again"])
      let after = try #require(try Record.load(checkout.record).result("v6.12.107", toolchain: "gcc"))
      #expect(after.verdict == .fail && after.flaky == true)
    }
  }

  @Test func kernelsThatAreTheSameButForTheBannerBootOnce() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.107", "v6.12.108"], areAlike: true)
      let onto = ["onto", "--until", "booted"] + checkout.ownKernel
      _ = try await checkout.tool().run(onto + ["v6.12.107"])
      var record = try Record.load(checkout.record)
      record.list(Version(6, 12, 108))
      try record.save(checkout.record)
      let run = try await checkout.tool().run(matrix(checkout))
      #expect(run.status == .exited(0), "\(run.errorText)")
      #expect(checkout.lines("linked").count == 4)
      #expect(Set(checkout.lines("boots").map { $0.prefix { $0 != " " } }) == ["v6.12.107-gcc"])
      #expect(run.text.contains("v6.12.108 gcc: booted as v6.12.107 gcc"), "\(run.text)")
      let result = try #require(try Record.load(checkout.record).result("v6.12.108", toolchain: "gcc"))
      #expect(result.sharedWith == "v6.12.107 gcc" && result.rung == .booted && result.memory != nil)
      // Asked for by name it boots itself.
      try await Command("rm", ["-r", checkout.cache.appending("results").string]).run { _ in }
      _ = try await checkout.tool().run(onto + ["v6.12.108"])
      #expect(checkout.lines("boots").contains { $0.hasPrefix("v6.12.108-gcc") })
    }
  }

  @Test func aVersionBootsWhileTheNextOneCompiles() async throws {
    try await Checkout.with { checkout in
      let booting = #"""
        my $next = "$here/../cache/xip-rebase/objects/gcc-little/compiling";
        select(undef, undef, undef, 0.02) until -e $next;
        start(); console(file('good')); event('guest-shutdown'); exit 0;
        """#
      try await checkout.makeKernels(["v6.12.107", "v6.13"], booting: booting)
      try checkout.hook("hold-v6.13", "touch compiling")
      let run = try await checkout.tool().run(matrix(checkout))
      #expect(run.status == .exited(0), "\(run.errorText)")
    }
  }

  @Test func onATerminalTheRowsChangeInPlaceAndLeaveOnlyWhatFailed() async throws {
    try await Checkout.with { checkout in
      let versions = ["v6.12.1", "v6.12.2", "v6.12.3", "v6.13"]
      try await checkout.makeKernels(Array(versions.dropLast()))
      try await checkout.kernel.commit("v6.13", ["a": "other\n"])
      _ = try await checkout.tool().run(["versions", "--add", "v6.13"])
      let run = try await checkout.tool().run(matrix(checkout), onTerminalOf: 64, 5)
      #expect(run.status == .exited(1), "\(run.text)")
      #expect(run.text.contains("waiting") && run.text.contains("compiling"))
      var terminal = Terminal(columns: 64, lines: 5)
      terminal.write(run.text)
      let left = terminal.text
      #expect(!left.contains("waiting") && !left.contains("compiling"), "\(left)")
      #expect(left.split(separator: "\n").count { $0.hasPrefix("v6.13  fail") } == 1, "\(left)")
      #expect(!left.contains(" done"), "\(left)")
      #expect(terminal.isCursorShown)
      // Each version stands in the table at the end, and nowhere else.
      for version in versions.dropLast() {
        #expect(left.split(separator: "\n").count { $0.hasPrefix("\(version) ") } == 1, "\(left)")
      }
    }
  }

  @Test func aDumbTerminalGetsPlainLines() async throws {
    try await Checkout.with { checkout in
      let run = try await checkout.tool().run(
        ["onto", "v6.12.107", "--rebase-only"] + checkout.ownKernel, onTerminalOf: 64, 8, named: "dumb")
      #expect(run.status == .exited(0))
      #expect(!run.text.contains("\u{1b}"))
      #expect(run.text.contains("v6.12.107  rebased"))
    }
  }
}
