/// The SHA-1 hash of bytes (FIPS 180-4), for formats of git that name things by it; not for security.
public enum SHA1 {
  /// Returns the 40 lower-case hexadecimal digits of the hash of `bytes`.
  public static func hex(of bytes: [UInt8]) -> String {
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    let padding = (bytes.count % 64 < 56 ? 56 : 120) - bytes.count % 64
    var message = bytes + [0x80] + Array(repeating: 0, count: padding - 1)
    withUnsafeBytes(of: (UInt64(bytes.count) * 8).bigEndian) { message.append(contentsOf: $0) }
    message.withUnsafeBytes { message in
      for start in stride(from: 0, to: message.count, by: 64) {
        compress(UnsafeRawBufferPointer(rebasing: message[start..<(start + 64)]), into: &state)
      }
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: state.flatMap { word in
        stride(from: 28, through: 0, by: -4).map { digits[Int(word >> UInt32($0) & 15)] }
      }, as: UTF8.self)
  }

  private static func compress(_ block: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    var schedule = (0..<16).map {
      UInt32(bigEndian: block.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
    }
    for index in 16..<80 {
      let mixed = schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
      schedule.append(rotated(mixed, 1))
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for index in 0..<80 {
      let (mix, constant): (UInt32, UInt32) =
        switch index {
        case ..<20: (b & c | ~b & d, 0x5a82_7999)
        case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
        case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
        default: (b ^ c ^ d, 0xca62_c1d6)
        }
      let next = rotated(a, 5) &+ mix &+ e &+ constant &+ schedule[index]
      (e, d, c, b, a) = (d, c, rotated(b, 30), a, next)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
  }

  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word << count | word >> (32 - count)
  }
}
