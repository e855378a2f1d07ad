/// A `j` or `jal`: the two instructions whose target is a place within their own 256 MiB segment.
///
/// The encoding is that of the MIPS32 manual, volume II: the opcode in bits 31 to 26 (2 and 3), the target's bits
/// 27 to 2 below it; its upper four bits are those of the delay slot's address.
struct MIPSJump: Hashable {
  /// The instruction's own address.
  let address: Address
  /// Where it goes when it runs at that address.
  let target: Address

  /// Decodes the instruction `word` at `address`; returns nil for any other.
  init?(_ word: UInt32, at address: Address) {
    guard word >> 26 == 2 || word >> 26 == 3 else { return nil }
    self.address = address
    target = Address((address.value &+ 4) & 0xf000_0000 | (word & 0x03ff_ffff) << 2)
  }
}

extension ELFFile {
  /// Returns the jumps among the instructions from `start` up to `end`, as far as one section holds them.
  func jumps(from start: Address, to end: Int) -> [MIPSJump] {
    guard let section = section(containing: start), section.hasContent else { return [] }
    let first = section.offset + start.distance(from: section.address)
    let count = (min(end, section.end) - Int(start.value)) / 4
    var found: [MIPSJump] = []
    for index in 0..<max(0, count) {
      // A section may say that it is larger than the file.
      guard let word = byteOrder.word(bytes, at: first + 4 * index) else { break }
      guard let place = start.advanced(by: 4 * index), let jump = MIPSJump(word, at: place) else { continue }
      found.append(jump)
    }
    return found
  }
}
