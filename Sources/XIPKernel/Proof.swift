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
  /// The same of a kernel built wrong on purpose, for which it must not hold; nil where none was built.
  public internal(set) var broken: Control?

  /// What a proof was tried on to see that it can fail.
  public struct Control: Hashable, Codable, Sendable {
    /// What it was.
    public let what: String
    /// Whether the control passed, which makes the proof worthless.
    public let passed: Bool
    /// The values read.
    public let read: String
  }

  /// The controls that there are.
  public var controls: [Control] { [control] + (broken.map { [$0] } ?? []) }

  /// Whether it holds for the XIP kernel, and for none of the controls.
  public var holds: Bool { passed && !controls.contains(where: \.passed) }

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

/// What a proof found.
public struct ProofFindings: Hashable, Sendable {
  /// The proofs, each with its control.
  public internal(set) var proofs: [Proof]
  /// The instructions of the XIP kernel from reset to power-off.
  public let instructions: Int
  /// The least RAM with which the kernels start their first processes.
  public let smallestMemory: SmallestMemory

  /// Throws what is not as it should be.
  ///
  /// - Throws: `XIPKernelError.notProved` when a proof does not hold, `.controlPasses` when one holds for a control,
  ///   `.savesTooLittle` when the XIP kernel needs about as much RAM as its twin.
  public func check() throws(XIPKernelError) {
    guard proofs.allSatisfy(\.passed) else { throw .notProved(proofs) }
    guard !proofs.contains(where: { $0.controls.contains(where: \.passed) }) else {
      throw .controlPasses(proofs)
    }
    guard smallestMemory.isEnough else { throw .savesTooLittle(smallestMemory) }
  }
}

/// A kernel that booted and of which every proof holds, while its control fails it.
public struct Proved: Sendable {
  /// What was found.
  public private(set) var findings: ProofFindings

  init(findings: ProofFindings) {
    self.findings = findings
  }

  /// Takes in what was found of a kernel with `defect`, as a further control.
  public mutating func add(_ control: Proof.Control, of defect: Defect) {
    findings.add(control, of: defect)
  }
}
