/// One property of a kernel's ELF file or image, and what was found.
public struct LayoutCheck: Hashable, Codable, Sendable {
  /// What is checked, such as `rom-segment`.
  public let name: String
  /// Whether it holds.
  public let passed: Bool
  /// The values read, from which the outcome follows.
  public let read: String
}
