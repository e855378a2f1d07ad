internal import CLibgit2

/// The SHA-1 name of a git object.
public struct ObjectID: Hashable, Sendable {
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  /// Makes the name of these 20 bytes.
  init(bytes: UnsafeRawBufferPointer.SubSequence) {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes)
    high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
  }

  /// Makes a name that no content has, but for a chance of one in 2⁹⁶.
  init(provisional number: UInt64) {
    high = number
    middle = 0
    low = 0
  }

  /// Whether the name says nothing about a content.
  var isProvisional: Bool { middle == 0 && low == 0 && high != 0 }

  init(_ id: git_oid) {
    self = withUnsafeBytes(of: id) { ObjectID(bytes: $0[...]) }
  }

  /// Reads 40 hexadecimal digits; returns nil for any other text.
  public init?(_ hex: some StringProtocol) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20)
    var half: UInt8?
    for digit in hex.utf8 {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let high = half {
        bytes.append(high << 4 | value)
        half = nil
      } else {
        half = value
      }
    }
    guard bytes.count == 20, half == nil else { return nil }
    self = bytes.withUnsafeBytes { ObjectID(bytes: $0[...]) }
  }

  /// The 20 bytes, as they stand in a tree.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20)
    withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: middle.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// The name as libgit2 takes it.
  var raw: git_oid {
    var id = git_oid()
    withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: bytes) }
    return id
  }
}

extension ObjectID: CustomStringConvertible {
  /// The 40 lower-case hexadecimal digits.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension ObjectID: Codable {
  /// Reads the 40 digits from a string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = ObjectID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no SHA-1 name: \(text)")
    }
    self = id
  }

  /// Writes the 40 digits as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
