import Host
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite struct MachineTests {
  private func machine<Result>(
    _ behaviour: String, limits: Machine.Limits = .far,
    _ body: (Machine, KernelFiles) async throws -> Result
  ) async throws -> Result {
    try await withTemporaryDirectory { directory in
      try FakeQEMU(behaviour: behaviour).install(in: directory)
      try Files.write(Array(goodBoot.utf8), to: directory.appending("good"))
      var machine = try await Machine.find(.little, in: directory)
      machine.limits = limits
      return try await body(machine, KernelFiles(directory))
    }
  }

  @Test func aBootToPowerOffPasses() async throws {
    let good = "start(); console(file('good')); event('guest-shutdown'); exit 0;"
    try await machine(good) { machine, files in
      let events = Mutex<[ProgressEvent]>([])
      let report = try await machine.boot(
        .xip, in: files, progress: Progress { event in events.withLock { $0.append(event) } })
      #expect(report.verdict == .passed)
      #expect(report.memory?.availableKiB == 257952)
      #expect(report.processMemory?.totalKiB == 258540)
      #expect(try read(files.console(.xip)) == goodBoot)
      let command = try read(files.bootCommand(.xip))
      #expect(command.contains("-nodefaults"))
      #expect(command.contains("-bios \(files.biosImage)"))
      #expect(events.withLock { $0 }.last == .advanced(done: 6, of: 6, unit: "markers"))
      #expect(machine.version == "7.2.22")
    }
  }

  /// The first process's words, in the midst of which the kernel switches the board off, on the first so many boots.
  @Test(arguments: [(0, true), (1, true), (2, true), (3, false)])
  func aBootWhoseConsoleLostItsEndIsTakenAgain(times: Int, passes: Bool) async throws {
    let behaviour = """
      my ($good, $count) = (file('good'), -e "$here/count" ? file('count') : 0);
      open(my $f, '>', "$here/count"); print $f $count + 1; close $f;
      $good =~ s/(MemTotal_kB=\\d+ Mem).*?\\n.*pass\\r\\n/$1/s if $count < \(times);
      start(); console($good); event('guest-shutdown'); exit 0;
      """
    try await machine(behaviour) { machine, files in
      let report = try await machine.boot(.xip, in: files)
      #expect((report.verdict == .passed) == passes, "\(report.verdict)")
      #expect(report.isCut == !passes)
      let count = files.vmlinux(.xip).removingLastComponent().appending("count")
      #expect(try read(count) == "\(min(times + 1, 3))")
    }
  }

  @Test func theTwinIsLoadedToRAM() async throws {
    try await machine("start(); console(file('good')); event('guest-shutdown'); exit 0;") { machine, files in
      let report = try await machine.boot(.twin, in: files)
      #expect(report.verdict == .passed)
      #expect(try read(files.bootCommand(.twin)).contains("-kernel \(files.vmlinux(.twin))"))
    }
  }

  private func count(_ machine: Machine, _ files: KernelFiles) async throws(XIPKernelError) -> Int {
    try await machine.count(.first, .flash(files.biosImage), in: files)
  }

  @Test func aStoppedMachineIsAskedForItsInstructionsAndLetGo() async throws {
    let counted = """
      start();
      my ($file) = map { /^file:(.*)/ ? $1 : () } @ARGV;
      open(my $console, '>', $file); print $console file('good'); close $console;
      event('guest-reset');
      expect('query-replay'); say_qmp('{"return": {"icount": 4711, "mode": "record"}}');
      expect('"quit"'); say_qmp('{"return": {}}'); exit 0;
      """
    try await machine(counted) { machine, files in
      let instructions = try await count(machine, files)
      let console = try read(files.proofConsole(.first))
      let command = try read(files.proofCommand(.first))
      #expect(instructions == 4711)
      #expect(console == goodBoot)
      #expect(command.contains("shutdown=pause"))
    }
  }

  private func bounded(_ machine: Machine, _ files: KernelFiles) async throws(XIPKernelError) -> BootReport {
    try await machine.run(
      BootSetup(
        source: .flash(files.biosImage), console: files.console(.xip), command: files.bootCommand(.xip),
        memoryKiB: 1024, isConsoleReadLater: true, instructionLimit: 4000, enough: .firstProcess)
    ).report
  }

  @Test func aBootBeyondItsInstructionsIsEnded() async throws {
    let spinning = """
      start(); for my $n (1 .. 9) { expect('query-replay'); say_qmp(qq({"return": {"icount": ${n}000}})); } hang();
      """
    try await machine(spinning) { machine, files in
      try Files.write([], to: files.console(.xip))
      let report = try await bounded(machine, files)
      #expect(report.end == .instructionLimit(4000))
      try await untilGone(files.directory.appending("pid"))
    }
  }

  @Test func aBoundedBootEndsAtItsMarkerOrItsPanicThoughQEMUDoesNotAnswer() async throws {
    let written = "my ($file) = map { /^file:(.*)/ ? $1 : () } @ARGV; open(my $f, '>', $file); print $f"
    try await machine("\(written) file('good'); close $f; start(); hang();") { machine, files in
      let report = try await bounded(machine, files)
      #expect(report.end == .reached(.firstProcess))
      #expect(report.markers.contains(.firstProcess))
    }
    let panic = "qq([    0.100000] Kernel panic - not syncing: No init\n)"
    try await machine(
      "\(written) \(panic); close $f; start(); hang();", limits: .far(afterEnd: .milliseconds(20))
    ) { machine, files in
      let report = try await bounded(machine, files)
      #expect(report.end == .stoppedAfterFailure)
    }
  }

  @Test func aQEMUThatGoesWithoutAnAnswerIsNoVerdict() async throws {
    try await machine("start(); event('guest-reset'); expect('query-replay'); exit 0;") { machine, files in
      let error = await #expect(throws: XIPKernelError.self) { try await count(machine, files) }
      #expect(error?.blame == .infrastructure)
    }
  }

  @Test func aCountThatEndsInAPanicsResetIsTheKernelsFault() async throws {
    let panic = """
      start(); event('guest-reset');
      expect('query-replay'); say_qmp('{"return": {"icount": 4711, "mode": "record"}}');
      expect('"quit"'); exit 0;
      """
    try await machine(panic) { machine, files in
      try Files.write([], to: files.proofConsole(.first))
      let error = await #expect(throws: XIPKernelError.self) { try await count(machine, files) }
      #expect(error?.blame == .version)
    }
  }

  @Test func aPanicFailsWithItsLine() async throws {
    let panic =
      "start(); console(qq([    0.000000] Linux version 6\r\n[    0.100000] Kernel panic - not syncing: No init\r\n));"
      + "event('guest-reset'); exit 0;"
    try await machine(panic) { machine, files in
      let report = try await machine.boot(.xip, in: files)
      #expect(report.verdict == .failed(reason: "Kernel panic - not syncing: No init"))
      #expect(report.end == .shutdown(reason: "guest-reset"))
    }
  }

  @Test func aPanicThatDoesNotResetTheMachineIsNoTimeOut() async throws {
    let panic = "start(); console(qq([    0.100000] Kernel panic - not syncing: No init\r\n)); hang();"
    try await machine(panic, limits: .far(afterEnd: .milliseconds(20))) { machine, files in
      let report = try await machine.boot(.xip, in: files)
      #expect(report.verdict == .failed(reason: "Kernel panic - not syncing: No init"))
      #expect(report.end == .stoppedAfterFailure)
      try await untilGone(files.directory.appending("pid"))
    }
  }

  @Test func aSilentKernelIsEndedAtTheSilenceLimit() async throws {
    let silent = "meet(); console(qq([    0.000000] Linux version 6\r\n)); start(); hang();"
    try await machine(silent, limits: .far(silence: .milliseconds(100))) { machine, files in
      let report = try await machine.boot(.xip, in: files)
      #expect(report.markers == [.banner])
      guard case .failed(let reason) = report.verdict else {
        Issue.record("passed")
        return
      }
      #expect(reason.contains("no `Memory:` after `Linux version`: the console was silent"))
      try await untilGone(files.directory.appending("pid"))
    }
  }

  @Test func aKernelThatTalksForeverIsEndedAtTheTotalLimit() async throws {
    let chatty = "start(); while (1) { console(qq(hello\r\n)); select(undef, undef, undef, 0.01); }"
    try await withEnoughTime { limit in
      try await machine(chatty, limits: .far(total: limit)) { machine, files in
        // It may not even have connected yet, which is another error.
        guard let report = try? await machine.boot(.xip, in: files) else { return false }
        #expect(report.end == .timeLimit(limit))
        try await untilGone(files.directory.appending("pid"))
        return try read(files.console(.xip)).hasPrefix("hello")
      }
    }
  }

  /// The ends of bad guests, each with the words that tell it from all others.
  private static let guests: [(behaviour: String, words: String)] = [
    ("start(); hang();", "the console was silent for 1 s"),
    (
      "start(); console(qq(Linux version 6\n)); console('ab' x 30000) while 1;",
      "the console was flooded with over 1024 KiB"
    ),
    (
      "start(); while (1) { console(qq(Linux version 6\nMemory: 1\n)); select(undef, undef, undef, 0.02); }",
      "the kernel started over and over again; the last line before was `Memory: 1`"
    ),
    (
      "start(); console(qq(Linux version 6\n)); event('guest-reset'); exit 0;",
      "no `Memory:` after `Linux version`: the kernel reset the machine; the last line is "
        + "`Linux version 6`"
    ),
    (
      "start(); console(qq(Linux version 6\n)); event('guest-shutdown'); exit 0;",
      "no `Memory:` after `Linux version`: the kernel switched the machine off; the last line is "
        + "`Linux version 6`"
    ),
    (
      "start(); console(qq(Linux version 6\nKernel panic - not syncing: No init\n)); hang();",
      "Kernel panic - not syncing: No init"
    ),
  ]

  @Test(arguments: guests.indices)
  func everyBadGuestIsJudgedAndToldFromTheOthers(index: Int) async throws {
    let guest = Self.guests[index]
    // The first one is silent, and none of the others is meant to be.
    let silence = index == 0 ? Duration.seconds(1) : Machine.Limits.far.silence
    let limits = Machine.Limits.far(silence: silence, afterEnd: .milliseconds(20))
    try await machine(guest.behaviour, limits: limits) { machine, files in
      let report = try await machine.boot(.xip, in: files)
      guard case .failed(let reason) = report.verdict else {
        Issue.record("passed")
        return
      }
      for other in Self.guests.indices {
        #expect(reason.contains(Self.guests[other].words) == (other == index), "\(reason)")
      }
      #expect(reason.utf8.count < 1000)
      try await untilGone(files.directory.appending("pid"))
    }
  }

  @Test func aFloodIsKeptInPartsAndEndedWhereQEMUWritesTheConsoleItself() async throws {
    let flood = """
      meet();
      my ($file) = map { /^file:(.*)/ ? $1 : () } @ARGV;
      open(my $f, '>', $file); print $f qq(Linux version 6\n); print $f ('x' x 99, "\n") for 1 .. 20000;
      start(); print $f ('x' x 99, "\n") while 1;
      """
    try await machine(flood) { machine, files in
      try Files.write([], to: files.console(.xip))
      let report = try await bounded(machine, files)
      #expect(report.end == .flood(1 << 20))
      try await untilGone(files.directory.appending("pid"))
      let console = try read(files.console(.xip))
      #expect(console.hasPrefix("Linux version 6\n") && console.utf8.count <= 3 * LogFile.part + 100)
    }
  }

  @Test func aQEMUWhoseOwnLogGrowsWithoutEndIsEnded() async throws {
    let flood = """
      start();
      my ($log) = grep { $ARGV[$_ - 1] eq '-D' } 1 .. $#ARGV;
      open(my $f, '>', $ARGV[$log]); print $f ('x' x 99, "\n") while 1;
      """
    var limits = Machine.Limits.far
    limits.log = 1 << 20
    try await machine(flood, limits: limits) { machine, files in
      try Files.write([], to: files.proofConsole(.xip))
      let seen = try await machine.watch(.xip, .flash(files.biosImage), in: files)
      #expect(seen.report.end == .flood(1 << 20))
      try await untilGone(files.directory.appending("pid"))
    }
  }

  @Test func aQEMUThatIsKilledAtOnceIsToldBySignal() async throws {
    try await machine("kill 'SEGV', $$; hang();") { machine, files in
      let error = await #expect(throws: XIPKernelError.self) { try await machine.boot(.xip, in: files) }
      #expect(error?.description == "QEMU: it was killed by signal 11")
      #expect(error?.blame == .infrastructure)
    }
  }

  @Test func aQEMUThatTalksForeverTakesNoMemoryAndItsLastWordsCount() async throws {
    // Thirty times what is kept.
    let chatty = """
      start(); print STDERR ('warning ' x 12, qq(\n)) for 1 .. 10000; print STDERR qq(gone\n); exit 1;
      """
    try await machine(chatty) { machine, files in
      let error = await #expect(throws: XIPKernelError.self) { try await machine.boot(.xip, in: files) }
      #expect(error?.description == "QEMU: gone")
    }
  }

  @Test func aQEMUThatDiesEarlyIsReportedWithItsWords() async throws {
    let died = "print STDERR qq(qemu: could not load MIPS bios\n); exit 1;"
    try await machine(died) { machine, files in
      let error = await #expect(throws: XIPKernelError.self) { try await machine.boot(.xip, in: files) }
      #expect(error?.description == "QEMU: qemu: could not load MIPS bios")
      #expect(error?.blame == .infrastructure)
    }
  }

  @Test func aQEMUThatDiesWhileTheKernelRunsIsNoVerdict() async throws {
    let died = "start(); console(file('good')); print STDERR qq(qemu: aborted\n); exit 3;"
    try await machine(died) { machine, files in
      let error = await #expect(throws: XIPKernelError.self) { try await machine.boot(.xip, in: files) }
      #expect(error?.description == "QEMU: qemu: aborted")
    }
  }

  @Test func aQEMUThatNeverConnectsIsEndedAtTheTotalLimit() async throws {
    try await withEnoughTime { limit in
      try await machine("note('on'); hang();", limits: .far(total: limit)) { machine, files in
        let error = await #expect(throws: XIPKernelError.self) { try await machine.boot(.xip, in: files) }
        #expect(error?.description.contains("QEMU: it did not connect") == true)
        guard Files.exists(files.directory.appending("on")) else { return false }
        try await untilGone(files.directory.appending("pid"))
        return true
      }
    }
  }

  @Test func aRefusedCommandIsAFailureOfTheMachine() async throws {
    let refusing = """
      open_sockets(); say_qmp('{"QMP": {}}'); expect('qmp_capabilities');
      say_qmp('{"error": {"class": "GenericError", "desc": "not today"}}'); hang();
      """
    try await machine(refusing) { machine, files in
      let error = await #expect(throws: XIPKernelError.self) { try await machine.boot(.xip, in: files) }
      #expect(error?.description == "QEMU: not today")
    }
  }

  @Test(arguments: [
    "say_qmp('HTTP/1.1 200 OK');",
    "say_qmp('{\"QMP\": {}}');",
    "say_qmp('[' x 100000); say_qmp('{\"event\": 7}'); say_qmp('{\"return\": {}}');",
  ])
  func aPeerThatTalksNonsenseOrNeverAnswersIsEndedAtTheTotalLimit(talk: String) async throws {
    try await withEnoughTime { limit in
      let behaviour = "open_sockets(); \(talk) note('said'); hang();"
      return try await machine(behaviour, limits: .far(total: limit)) { machine, files in
        let report = try? await machine.boot(.xip, in: files)
        #expect(report?.verdict != .passed)
        guard Files.exists(files.directory.appending("said")) else { return false }
        try await untilGone(files.directory.appending("pid"))
        return true
      }
    }
  }

  @Test func cancellingABootEndsQEMU() async throws {
    try await machine("start(); console('x'); hang();") { machine, files in
      let task = Task { try await machine.boot(.xip, in: files) }
      try await until("the console") { (try? read(files.console(.xip))) == "x" }
      task.cancel()
      let error = await #expect(throws: XIPKernelError.self) { try await task.value }
      #expect(error?.blame == .interruption)
      try await untilGone(files.directory.appending("pid"))
    }
  }

  @Test func theSandboxIsUsedWhereTheBuildHasIt() async throws {
    for (help, isThere) in [("-sandbox on[,obsolete=allow|deny]", true), ("-no-reboot", false)] {
      try await withTemporaryDirectory { directory in
        try FakeQEMU(behaviour: "", help: help).install(in: directory)
        let machine = try await Machine.find(.little, in: directory)
        #expect(machine.hasSandbox == isThere)
        #expect(machine.sandbox.first == (isThere ? "-sandbox" : nil))
      }
    }
  }

  @Test func aMissingQEMUIsNamedWithItsPackage() async throws {
    try await withTemporaryDirectory { directory in
      let error = await #expect(throws: XIPKernelError.self) {
        try await Machine.find(.little, in: directory)
      }
      #expect(
        error?.description.contains(
          "qemu-system-mipsel is not installed; it is in the package qemu-system-mips") == true)
      #expect(error?.blame == .infrastructure)
    }
  }

  @Test(arguments: ["QEMU emulator version 5.2.0 (Debian 1:5.2)", "something else"])
  func aQEMUThatIsTooOldIsRefused(version: String) async throws {
    try await withTemporaryDirectory { directory in
      try FakeQEMU(behaviour: "", version: version).install(in: directory)
      let error = await #expect(throws: XIPKernelError.self) {
        try await Machine.find(.little, in: directory)
      }
      #expect(error?.description.hasPrefix("qemu-system-mipsel cannot be used: ") == true)
    }
  }
}

extension Machine.Limits {
  /// Limits that no test comes to, however slow the machine is.
  fileprivate static var far: Self { far() }

  /// The same but for what a test is meant to come to.
  fileprivate static func far(
    total: Duration = .seconds(3600), silence: Duration = .seconds(3600), afterEnd: Duration = .seconds(3600)
  ) -> Self {
    .init(total: total, silence: silence, afterEnd: afterEnd)
  }
}
