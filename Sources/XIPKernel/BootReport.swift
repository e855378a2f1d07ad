/// What came of booting one kernel.
public struct BootReport: Sendable {
  /// Whether it booted.
  public let verdict: BootVerdict
  /// How the machine ended.
  public let end: BootEnd
  /// The markers that passed, in order.
  public let markers: [BootMarker]
  /// The kernel's account of its memory.
  public let memory: MemoryLine?
  /// The memory that the first process found.
  public let processMemory: ProcessMemory?
  /// How long it took, from the start of QEMU.
  public let seconds: Double
  /// Whether the last that the first process wrote never came, on a machine that was switched off in order.
  ///
  /// The kernel does not wait for its serial port when it switches the board off, and QEMU that gets little of a processor
  /// is behind with it then.
  public let isCut: Bool
}

/// A kernel that booted to power-off, as did its twin.
public struct Booted: Sendable {
  /// The boot of the XIP kernel, from flash.
  public let xip: BootReport
  /// The boot of the twin, from RAM.
  public let twin: BootReport
}
