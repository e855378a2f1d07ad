/// What a tree entry is.
public enum EntryMode: UInt32, Hashable, Sendable {
  case directory = 0o040000
  case regular = 0o100644
  case executable = 0o100755
  case symbolicLink = 0o120000
  case submodule = 0o160000

  /// Returns the mode that git keeps for the octal `digits`: of a file only whether its owner may execute it counts.
  public init?(octal digits: some Sequence<UInt8>) {
    var value: UInt32 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), value < 1 << 20 else { return nil }
      value = value << 3 | UInt32(digit - UInt8(ascii: "0"))
    }
    switch value & 0o170000 {
    case 0o040000: self = .directory
    case 0o100000: self = value & 0o100 == 0 ? .regular : .executable
    case 0o120000: self = .symbolicLink
    case 0o160000: self = .submodule
    default: return nil
    }
  }

  /// Whether this is a regular file, executable or not.
  public var isFile: Bool { self == .regular || self == .executable }

  /// The octal digits that git prints in patches, such as `100644`.
  public var digits: String { self == .directory ? "040000" : String(rawValue, radix: 8) }
}
