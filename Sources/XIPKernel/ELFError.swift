/// Why bytes are not the ELF file they should be.
public enum ELFError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The first bytes are not those of an ELF file.
  case notELF
  /// An ELF file, but not of a 32-bit MIPS program.
  case otherMachine(String)
  /// A table or its content lies beyond the end of the file.
  case truncated(String)
  /// A table contradicts the format.
  case malformed(String)

  /// What is wrong, and where.
  public var description: String {
    switch self {
    case .notELF: "not an ELF file"
    case .otherMachine(let what): "not a 32-bit MIPS program: \(what)"
    case .truncated(let what): "\(what) lies beyond the end of the file"
    case .malformed(let what): what
    }
  }
}
