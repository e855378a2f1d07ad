public import XIPKernel

/// What a proof found as a table for people: each proof is followed by its controls.
public struct ProofsTable: Sendable {
  /// What was found.
  public let findings: ProofFindings

  /// Makes the table of `findings`.
  public init(_ findings: ProofFindings) {
    self.findings = findings
  }

  /// The table.
  public var table: Table {
    var table = Table(["", "proof", "read"])
    for proof in findings.proofs {
      table.add([proof.passed ? "ok" : "FAIL", proof.name, proof.read])
      for control in proof.controls {
        table.add([control.passed ? "PASSES" : "fails", "  control", "\(control.what): \(control.read)"])
      }
    }
    let memory = findings.smallestMemory
    table.add([memory.isEnough ? "ok" : "FAIL", "smallest RAM", Self.text(memory)])
    return table
  }

  /// Both sizes and the difference in words.
  public static func text(_ memory: SmallestMemory) -> String {
    "XIP \(memory.xipKiB) KiB, twin \(memory.twinKiB) KiB: XIP needs \(memory.savedKiB) KiB less"
  }
}
