/// The two kernels built of every version: the one under test and its control.
public enum KernelKind: String, Codable, CaseIterable, Sendable {
  /// Runs in place, from flash.
  case xip
  /// The same tree and configuration but for `CONFIG_XIP_KERNEL`: loaded to RAM whole.
  case twin
}
