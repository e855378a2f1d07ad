import SystemPackage

/// What one start of QEMU boots, how it is watched, and where what it leaves goes.
struct BootSetup: Sendable {
  /// What the machine boots.
  enum Source: Sendable {
    /// An image for the flash, as `-bios` takes it.
    case flash(FilePath)
    /// An ELF file that QEMU loads to RAM.
    case ram(FilePath)
  }

  /// What is booted.
  var source: Source
  /// The file that gets the console.
  var console: FilePath
  /// The file that gets the command line.
  var command: FilePath
  /// The RAM of the board in KiB.
  var memoryKiB: Int
  /// Whether QEMU writes the console to its file by itself, and it is read when the machine has stopped.
  ///
  /// What goes to a socket makes QEMU's main thread run, by which the machine's timers come late now and then.
  var isConsoleReadLater = false
  /// The instructions after which the boot is given up; only for a machine whose clock counts them, and whose console
  /// is read later.
  var instructionLimit: Int?
  /// The marker at which a boot with such a limit is ended.
  var enough: BootMarker?
  /// The file that the options have QEMU write its own log to.
  var log: FilePath?
  /// Options beyond those that describe the board.
  var options: [String] = []
  /// The time that the limits go by.
  var host = HostTime.system
  /// QMP commands for the stopped machine; where there are none, QEMU ends with the machine.
  var questions: [[UInt8]] = []

  /// The arguments that describe the board and what it boots.
  var board: [String] {
    let kernel =
      switch source {
      case .flash(let image): ["-bios", image.string]
      case .ram(let kernel): ["-kernel", kernel.string]
      }
    // Without -nodefaults QEMU wants the option ROMs of cards that nobody uses.
    return ["-nodefaults", "-M", "malta", "-cpu", "24Kf", "-m", "\(memoryKiB)K"] + kernel
  }

  /// Whether the machine's clock counts its instructions, so that what it does is the same on every host.
  var countsInstructions: Bool { options.contains("-icount") }

  /// What the board's serial port leads to: the socket `chardev`, or the file.
  func serialPort(_ chardev: String) -> [String] {
    ["-serial", isConsoleReadLater ? "file:\(console)" : "chardev:\(chardev)"]
  }

  /// What QEMU does when the machine stops: goes, or waits for the questions.
  var ending: [String] {
    questions.isEmpty ? ["-no-reboot"] : ["-action", "reboot=shutdown,shutdown=pause"]
  }
}
