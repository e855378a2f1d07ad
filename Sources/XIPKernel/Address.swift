/// A 32-bit address, virtual or physical as its holder says, printed as `0x9e001000`.
public struct Address: Hashable, Sendable {
  /// The address as a number.
  public let value: UInt32

  /// Makes the address `value`.
  public init(_ value: UInt32) {
    self.value = value
  }

  /// The physical address behind an address in KSEG0 or KSEG1, the two windows that MIPS maps without a TLB.
  public var physical: Address { Address(value & 0x1fff_ffff) }

  /// The cached KSEG0 address of a physical address.
  public var kseg0: Address { Address(value | 0x8000_0000) }

  /// The number of the 256 MiB segment, the reach of `j` and `jal`: bits 31 to 28.
  public var segment: UInt32 { value >> 28 }

  /// Returns the address `offset` bytes on, or nil beyond the end of the address space.
  public func advanced(by offset: Int) -> Address? {
    UInt32(exactly: Int(value) + offset).map(Address.init)
  }

  /// Returns how many bytes lie between `other` and this address; negative when `other` is above.
  public func distance(from other: Address) -> Int {
    Int(value) - Int(other.value)
  }
}

extension Address: Comparable {
  /// Returns whether `left` is below `right`.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension Address: CustomStringConvertible {
  /// Eight hexadecimal digits after `0x`.
  public var description: String { "0x" + hexadecimal(value, digits: 8) }
}

/// Returns `value` in hexadecimal with at least `digits` digits.
func hexadecimal(_ value: some BinaryInteger, digits: Int = 1) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
