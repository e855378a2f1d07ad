import Host
import SystemPackage

/// The boots that a proof takes.
enum ProofBoot: String, CaseIterable, Sendable {
  /// The XIP kernel, watched.
  case xip
  /// The RAM-loaded twin, watched: the control of most proofs.
  case twin
  /// The XIP kernel, entered by way of code that stores to the flash, watched: the control of the others.
  case store
  /// The XIP kernel, its instructions counted.
  case first
  /// The same again.
  case second
  /// The same once more.
  case third
  /// The XIP kernel with less RAM, its instructions counted: the control of the count.
  case smaller

  /// The RAM of the board, in KiB.
  var memoryKiB: Int { self == .smaller ? Machine.controlMemoryKiB : Machine.proofMemoryKiB }
}

/// What a watched boot of the proof left.
struct Observation: Sendable {
  /// What came of the boot.
  let report: BootReport
  /// The code that was translated, and the stores to flash.
  let log: QEMULog
  /// The flash at power-off.
  let flash: [UInt8]
  /// The RAM at power-off, from physical address 0 on.
  let ram: [UInt8]
}

extension Machine {
  /// The RAM of the board during a proof: less to look through than the 256 MiB of a plain boot.
  static let proofMemoryKiB = 32 * 1024

  /// The RAM of the count's control: a kernel sets up other pages, and so carries out other instructions.
  static let controlMemoryKiB = 24 * 1024

  /// The options for a clock that counts the machine's instructions, 128 ns each, in the place of this machine's.
  ///
  /// Malta's kernel waits for two seconds of its RTC to measure its clock; with 1 ns an instruction that alone would
  /// be 2·10⁹ instructions. For a recording, which is thrown away, QEMU's main thread has to wait for the processor's
  /// before it runs a timer: without, one now and then fires an instruction late.
  static let countedClock = [
    "-icount", "shift=7,sleep=off,rr=record,rrfile=/dev/null", "-rtc", "base=2020-01-01,clock=vm",
  ]

  /// Boots `source` and returns what could be seen of it from outside.
  ///
  /// - Throws: `XIPKernelError` when QEMU is at fault or the kernel does not boot to power-off.
  func observe(
    _ boot: ProofBoot, _ source: BootSetup.Source, in files: KernelFiles
  ) async throws(XIPKernelError) -> Observation {
    let seen = try await watch(boot, source, in: files)
    if case .failed(let reason) = seen.report.verdict {
      throw .bootFailed(kernel: boot.name, reason: reason, console: files.proofConsole(boot))
    }
    return seen
  }

  /// Boots `source` and returns what could be seen of it from outside, however far it came.
  ///
  /// - Returns: Flash and RAM are empty when the machine did not stop.
  /// - Throws: `XIPKernelError` when QEMU is at fault.
  func watch(
    _ boot: ProofBoot, _ source: BootSetup.Source, in files: KernelFiles
  ) async throws(XIPKernelError) -> Observation {
    try await watch(setup(boot, source, in: files), options: ["-d", "in_asm"])
  }

  /// Runs `setup` and returns what could be seen of it from outside, however far it came.
  ///
  /// - Parameters:
  ///   - setup: What to boot, on a board with `proofMemoryKiB`.
  ///   - options: What QEMU is to log.
  /// - Returns: Flash and RAM are empty when the machine did not stop.
  /// - Throws: `XIPKernelError` when QEMU is at fault.
  func watch(_ setup: BootSetup, options: [String]) async throws(XIPKernelError) -> Observation {
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    let log = scratch.path.appending("log")
    let flash = scratch.path.appending("flash")
    let ram = scratch.path.appending("ram")
    var setup = setup
    setup.log = log
    setup.options += options + ["-D", log.string, "-trace", "pflash_*"]
    let start = Int(FlashImage.flashAddress.value)
    setup.questions = [
      QMPMessage.save(start..<start + FlashImage.capacity, to: flash),
      QMPMessage.save(0..<Self.proofMemoryKiB * 1024, to: ram),
    ]
    let report = try await patient.run(setup).report
    guard case .shutdown = report.end else {
      let bytes = try XIPKernelError.file { () throws(FileFailure) in
        try Files.read(log, from: 0, atMost: min(limits.log, 64 << 20))
      }
      return Observation(report: report, log: QEMULog(bytes), flash: [], ram: [])
    }
    return try await XIPKernelError.ownThread { () throws(FileFailure) in
      Observation(
        report: report, log: QEMULog(try Files.read(log)), flash: try Files.read(flash),
        ram: try Files.read(ram))
    }
  }

  /// Boots `source`, which resets the board where others switch it off, and returns the instructions until then.
  ///
  /// - Throws: `XIPKernelError` when QEMU is at fault or the kernel does not come that far.
  func count(
    _ boot: ProofBoot, _ source: BootSetup.Source, in files: KernelFiles
  ) async throws(XIPKernelError) -> Int {
    var setup = setup(boot, source, in: files)
    setup.questions = [QMPMessage.execute("query-replay")]
    let (report, instructions) = try await patient.run(setup)
    guard report.markers == BootMarker.allCases, report.end == .shutdown(reason: "guest-reset") else {
      throw .bootFailed(
        kernel: boot.name, reason: "no reset in the place of the power-off: \(report.end)",
        console: setup.console)
    }
    guard let instructions else { throw .machineFailed(reason: "it did not count instructions") }
    return instructions
  }

  /// The same machine with limits that only one that hangs comes to: many boots run at once, and tell nothing.
  var patient: Machine {
    var machine = self
    machine.limits.total = .seconds(300)
    machine.limits.silence = .seconds(300)
    machine.limits.afterEnd = .seconds(60)
    return machine
  }

  private func setup(_ boot: ProofBoot, _ source: BootSetup.Source, in files: KernelFiles) -> BootSetup {
    BootSetup(
      source: source, console: files.proofConsole(boot), command: files.proofCommand(boot),
      memoryKiB: boot.memoryKiB, isConsoleReadLater: true, options: Self.countedClock)
  }
}

extension ProofBoot {
  /// The boot in an error's words.
  fileprivate var name: String { "the proof's boot `\(rawValue)`" }
}

extension XIPKernelError {
  /// Runs `body` on a thread of its own; its failure becomes one of this module.
  static func ownThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws(FileFailure) -> Result
  ) async throws(XIPKernelError) -> Result {
    do { return try await onOwnThread(body) } catch { throw .file(error) }
  }
}
