/// One property of a kernel that ran, seen from outside of it, and the same seen of a kernel that lacks it.
public struct Proof: Hashable, Codable, Sendable {
  /// What is proved, such as `fetched-from-flash`.
  public let name: String
  /// Whether it holds for the XIP kernel.
  public let passed: Bool
  /// The values read, from which the outcome follows.
  public let read: String
  /// The same of the control, for which it must not hold.
  public let control: Control

  /// What a proof was tried on to see that it can fail.
  public struct Control: Hashable, Codable, Sendable {
    /// What it was.
    public let what: String
    /// Whether the control passed, which makes the proof worthless.
    public let passed: Bool
    /// The values read.
    public let read: String
  }

  /// Puts together what was found of the kernel and of the control.
  init(_ name: String, _ finding: Finding, control: Finding, of what: String) {
    self.name = name
    passed = finding.passed
    read = finding.read
    self.control = Control(what: what, passed: control.passed, read: control.read)
  }
}

/// What one look at one kernel gave.
struct Finding: Hashable, Sendable {
  /// Whether the property holds.
  let passed: Bool
  /// The values read.
  let read: String
}

/// A kernel that booted and of which every proof holds, while its control fails it.
public struct Proved: Sendable {
  /// The kernel and its plain boots.
  public let booted: Booted
  /// The proofs, each with its control.
  public let proofs: [Proof]
  /// The instructions from reset to power-off.
  public let instructions: Int
}
