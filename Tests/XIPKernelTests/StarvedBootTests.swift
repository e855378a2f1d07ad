import Host
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

/// Boots on a host that is made up: every look at the clock takes nine tenths of a second there.
@Suite struct StarvedBootTests {
  private static let step = Duration.milliseconds(900)
  private static let limits = Machine.Limits(total: .seconds(60), silence: .seconds(20))

  /// How often a boot has looked, and at what.
  private final class Looks: Sendable {
    let count = Atomic(0)
    let process = Atomic<Int32>(0)
  }

  /// Boots a stand-in, and writes `looked` beside it when more than the silence limit has passed by the host's time.
  private func boot(
    _ behaviour: String, waited: Duration?, _ body: (BootReport, Looks, FilePath) throws -> Void
  ) async throws {
    try await withTemporaryDirectory { directory in
      // What QEMU says lets the time go by.
      let ticking = "sub tick { say_qmp('{\"event\": \"TICK\"}'); select(undef, undef, undef, 0.001); } "
      try FakeQEMU(behaviour: ticking + behaviour).install(in: directory)
      try Files.write(Array(goodBoot.utf8), to: directory.appending("good"))
      var machine = try await Machine.find(.little, in: directory)
      machine.limits = Self.limits
      let files = KernelFiles(directory)
      var setup = BootSetup(
        source: .flash(files.biosImage), console: files.console(.xip), command: files.bootCommand(.xip),
        memoryKiB: 1024)
      let looks = Looks()
      let start = SuspendingClock.now
      setup.host = HostTime(
        now: { SuspendingClock.now - start + Self.step * looks.count.load(ordering: .relaxed) },
        threads: { process in
          looks.process.store(process, ordering: .relaxed)
          let count = looks.count.add(1, ordering: .relaxed).newValue
          if count == 30 { try? Files.write([], to: directory.appending("looked")) }
          return waited.map {
            [process: ThreadTimes(ran: .zero, waited: $0 * count, slices: count, isRunnable: false)]
          }
        })
      try body(try await machine.run(setup).report, looks, directory)
    }
  }

  private static let late = """
    start(); tick() until -e "$here/looked"; console(file('good')); event('guest-shutdown'); exit 0;
    """

  @Test func aGoodKernelIsNotSilentWhileQEMUWaitsForAProcessor() async throws {
    try await boot(Self.late, waited: Self.step) { report, looks, directory in
      #expect(report.verdict == .passed)
      #expect(Self.step * looks.count.load(ordering: .relaxed) > Self.limits.silence)
      // It was QEMU's own process that was looked at.
      let process = try read(directory.appending("pid"))
      #expect(process == "\(looks.process.load(ordering: .relaxed))\n")
    }
  }

  @Test(arguments: [.zero, nil] as [Duration?])
  func theSameKernelIsSilentWhereQEMUDoesNotWaitOrNobodyTells(waited: Duration?) async throws {
    try await boot(Self.late, waited: waited) { report, _, directory in
      #expect(report.end == .silence(Self.limits.silence))
      #expect(!Files.exists(directory.appending("looked")))
    }
  }

  /// What a kernel did not do on a machine that keeps QEMU waiting, and what is said of it.
  private static let unjudged: [(behaviour: String, waited: Duration, words: String, limit: Int?)] = [
    ("tick() while 1;", step, "QEMU: it was kept waiting for a processor for ", 600),
    (
      "tick() while 1;", step * 0.87, "QEMU: the console was silent for 20 s, and it was kept waiting for ",
      nil
    ),
    (
      "tick(), console(qq(hello\\n)) while 1;", step * 0.87,
      "QEMU: not done after 60 s, and it was kept waiting for ", nil
    ),
    (
      """
      tick() until -e "$here/looked"; console(qq(Linux version 6\\nxip-init: M)); event('guest-shutdown'); exit 0;
      """, step, "QEMU: the kernel switched the machine off, and it was kept waiting for ", nil
    ),
    (
      "console(qq(rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\\n)); tick() while 1;",
      step * 0.95, "QEMU: the machine did not stop by itself, and it was kept waiting for ", nil
    ),
  ]

  @Test(arguments: unjudged.indices)
  func whatAKernelDoesNotDoOnSuchAMachineIsNotHeldAgainstIt(index: Int) async throws {
    let unjudged = Self.unjudged[index]
    let error = await #expect(throws: XIPKernelError.self) {
      try await boot("start(); " + unjudged.behaviour, waited: unjudged.waited) { report, _, _ in
        Issue.record("judged: \(report.verdict)")
      }
    }
    #expect(error?.blame == .infrastructure)
    let words = try #require(error?.description)
    #expect(words.hasPrefix(unjudged.words), "\(words)")
    let end = "s; run it on a less busy machine"
    #expect(words.hasSuffix((unjudged.limit.map { "% of \($0) " } ?? " ") + end), "\(words)")
  }

  @Test(arguments: unjudged.indices.dropFirst())
  func theSameIsHeldAgainstItWhereQEMUWaitsHalfOfTheTime(index: Int) async throws {
    try await boot("start(); " + Self.unjudged[index].behaviour, waited: Self.step * 0.5) { report, _, _ in
      #expect(report.verdict != .passed)
    }
  }

  @Test func aKernelThatPanicsOnSuchAMachineIsJudged() async throws {
    let panic = "start(); console(qq(Kernel panic - not syncing: No init\n)); tick() while 1;"
    try await boot(panic, waited: Self.step) { report, _, _ in
      #expect(report.verdict == .failed(reason: "Kernel panic - not syncing: No init"))
      #expect(report.end == .stoppedAfterFailure)
    }
  }
}
