public import XIPKernel

/// Proofs as a table for people, each followed by its control.
public struct ProofsTable: Sendable {
  /// The proofs.
  public let proofs: [Proof]

  /// Makes the table of `proofs`.
  public init(_ proofs: [Proof]) {
    self.proofs = proofs
  }

  /// The table.
  public var table: Table {
    var table = Table(["", "proof", "read"])
    for proof in proofs {
      table.add([proof.passed ? "ok" : "FAIL", proof.name, proof.read])
      let control = proof.control
      table.add([control.passed ? "PASSES" : "fails", "  control", "\(control.what): \(control.read)"])
    }
    return table
  }
}
