public import XIPKernel

/// Proofs as a JSON document for programs:
/// `{"schema":1,"instructions","smallestMemory":{"xipKiB","twinKiB"},`
/// `"proofs":[{"name","passed","read","control":{"what","passed","read"}}]}`.
public struct ProofsDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// The instructions from reset to power-off.
  public let instructions: Int

  /// The least RAM with which the kernels start their first processes.
  public let smallestMemory: SmallestMemory

  /// The proofs in the order they were made.
  public let proofs: [Proof]

  /// Makes the document of what a proof found.
  public init(_ findings: ProofFindings) {
    instructions = findings.instructions
    smallestMemory = findings.smallestMemory
    proofs = findings.proofs
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
