public import XIPKernel

/// Proofs as a JSON document for programs:
/// `{"schema":1,"instructions","proofs":[{"name","passed","read","control":{"what","passed","read"}}]}`.
public struct ProofsDocument: Codable, Sendable {
  /// The number of the document's format.
  public var schema = 1

  /// The instructions from reset to power-off.
  public let instructions: Int

  /// The proofs in the order they were made.
  public let proofs: [Proof]

  /// Makes the document of `proofs`.
  public init(_ proofs: [Proof], instructions: Int) {
    self.instructions = instructions
    self.proofs = proofs
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
