/// The order of the bytes in the target's words.
public enum ByteOrder: String, Codable, CaseIterable, Sendable {
  case little
  case big

  /// Returns the two bytes at `offset` as a number, or nil when they are not all there.
  func half(_ bytes: [UInt8], at offset: Int) -> UInt16? {
    guard offset >= 0, offset <= bytes.count - 2 else { return nil }
    let (first, second) = (UInt16(bytes[offset]), UInt16(bytes[offset + 1]))
    return self == .little ? first | second << 8 : first << 8 | second
  }

  /// Returns the four bytes at `offset` as a number, or nil when they are not all there.
  func word(_ bytes: [UInt8], at offset: Int) -> UInt32? {
    guard let first = half(bytes, at: offset), let second = half(bytes, at: offset + 2) else { return nil }
    return self == .little
      ? UInt32(first) | UInt32(second) << 16 : UInt32(first) << 16 | UInt32(second)
  }

  /// Returns the four bytes of `value` as they stand in memory.
  func bytes(of value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: self == .little ? value.littleEndian : value.bigEndian) { Array($0) }
  }
}
