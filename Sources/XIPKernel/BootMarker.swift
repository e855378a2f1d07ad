/// What a boot writes to the console on its way, in this order.
public enum BootMarker: String, CaseIterable, Codable, Sendable {
  /// The kernel's banner: the first output.
  case banner = "Linux version"
  /// The memory line, before the init memory is given back.
  case memory = "Memory:"
  /// The init memory is given back: all initcalls ran.
  case initFreed = "Freeing unused kernel"
  /// The first process runs.
  case firstProcess = "xip-init: started as PID 1"
  /// The first process did all its work.
  case passed = "xip-init: pass"
  /// The kernel switches the board off.
  case powerDown = "reboot: Power down"
}
