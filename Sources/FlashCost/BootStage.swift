/// The forms in which a kernel is stored in flash and started.
public enum BootWay: String, CaseIterable, Codable, Sendable {
  /// It runs from flash; its data is copied to RAM.
  case xip
  /// Its RAM-loaded twin, copied to RAM as it is.
  case uncompressed
  /// The twin as `make vmlinuz` packs it: copied to RAM, where it inflates itself.
  case compressed
}

/// What a boot does, one after the other; not every way has every stage.
public enum BootStage: String, CaseIterable, Codable, Sendable {
  /// The shim, from reset on.
  case firmware
  /// The image is copied from flash to RAM.
  case copy
  /// The image inflates itself.
  case decompress
  /// The kernel's first code: the data of an XIP kernel is copied, .bss is cleared.
  case dataCopy = "data-copy"
  /// From `start_kernel()` to the first instruction of user space.
  case kernelInit = "kernel-init"
  /// The first process, and the kernel's work for it, to power-off.
  case firstProcess = "first-process"
}

/// Where what a cache missed came from.
public enum Region: String, CaseIterable, Codable, Sendable {
  /// Code of the kernel or the shim in flash.
  case flashText = "flash-text"
  /// Data in flash: read-only data, the initial values of the rest, an image that is copied.
  case flashData = "flash-data"
  /// Code of the kernel in RAM.
  case ramText = "ram-text"
  /// The kernel's data in RAM.
  case ramData = "ram-data"
  /// Code and data at addresses of user space.
  case user
}
