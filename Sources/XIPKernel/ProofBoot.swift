import Host
import SystemPackage

/// The boots that a proof takes.
enum ProofBoot: String, CaseIterable, Sendable {
  /// The XIP kernel, watched.
  case xip
  /// The XIP kernel once more, for its instructions alone.
  case second
  /// And once more.
  case third
  /// The RAM-loaded twin, watched: the control of most proofs.
  case twin
  /// The XIP kernel, entered by way of code that stores to the flash: the control of the others.
  case store
}

/// What a boot of the proof left.
struct Observation: Sendable {
  /// What came of the boot.
  let report: BootReport
  /// The instructions from reset to power-off.
  let instructions: Int
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

  /// The clock of a counted boot: the machine's time is that of its instructions, 128 ns each.
  ///
  /// Nothing of this machine's time gets in, so that a count can be the same twice. Malta's kernel waits for two
  /// seconds of its RTC to measure its clock; with 1 ns an instruction that alone is 2·10⁹ instructions.
  static let countedClock = ["-icount", "shift=7,sleep=off", "-rtc", "base=2020-01-01,clock=vm"]

  /// Boots `source` with its instructions counted and, but for the plain runs, all of it watched.
  ///
  /// - Throws: `XIPKernelError` when QEMU is at fault or the kernel does not boot to power-off.
  func observe(
    _ boot: ProofBoot, _ source: BootSetup.Source, in files: KernelFiles
  ) async throws(XIPKernelError) -> Observation {
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    let log = scratch.path.appending("log")
    let flash = scratch.path.appending("flash")
    let ram = scratch.path.appending("ram")
    var setup = BootSetup(
      source: source, console: files.proofConsole(boot), command: files.proofCommand(boot),
      memoryKiB: Self.proofMemoryKiB, options: Self.countedClock,
      questions: [QMPMessage.execute("query-replay")])
    let isWatched = boot != .second && boot != .third
    if isWatched {
      setup.options += ["-d", "in_asm", "-D", log.string, "-trace", "pflash_*"]
      let start = Int(FlashImage.flashAddress.value)
      setup.questions += [
        QMPMessage.save(start..<start + FlashImage.capacity, to: flash),
        QMPMessage.save(0..<Self.proofMemoryKiB * 1024, to: ram),
      ]
    }
    let (report, instructions) = try await run(setup)
    if case .failed(let reason) = report.verdict {
      throw .bootFailed(
        kernel: "the \(boot) boot of the proof", reason: reason, console: files.proofConsole(boot))
    }
    guard let instructions else { throw .machineFailed(reason: "it did not count instructions") }
    guard isWatched else {
      return Observation(
        report: report, instructions: instructions, log: QEMULog([]), flash: [], ram: [])
    }
    let paths = (log: log, flash: flash, ram: ram)
    let read = try await XIPKernelError.ownThread { () throws(FileFailure) in
      (
        log: QEMULog(try Files.read(paths.log)), flash: try Files.read(paths.flash),
        ram: try Files.read(paths.ram)
      )
    }
    return Observation(
      report: report, instructions: instructions, log: read.log, flash: read.flash, ram: read.ram)
  }
}

extension XIPKernelError {
  /// Runs `body` on a thread of its own; its failure becomes one of this module.
  static func ownThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws(FileFailure) -> Result
  ) async throws(XIPKernelError) -> Result {
    do { return try await onOwnThread(body) } catch { throw .file(error) }
  }
}
