/// QEMU's log of one run: the code it translated (`-d in_asm`), what its flash was asked to do
/// (`-trace`), and, where that was asked, where its TLB found what (`-d mmu`).
///
/// Each block of code is logged when it is translated, which is before it runs for the first time. So the log has
/// the address of every instruction that ran, and of a few at the ends of blocks that did not.
struct QEMULog: Sendable {
  /// The addresses of the instructions, each once, in rising order.
  let instructions: [Address]

  /// The flash's events that tell of a store to it, in order, as QEMU names and describes them.
  let flashStores: [String]

  /// The entries that the TLB gave for addresses of user space (`-d mmu`), in order.
  let userPages: [UserPage]

  /// Where an address of user space was found.
  struct UserPage: Hashable {
    /// The virtual address, below 0x80000000.
    let address: Address
    /// The physical one.
    let physical: Address
  }

  /// Reads the log's bytes.
  init(_ bytes: [UInt8]) {
    var addresses: Set<UInt32> = []
    var stores: [String] = []
    var pages: [UserPage] = []
    bytes.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        // `0x9e001000:  lui	t0,0x9e33`
        if end - start > 10, bytes[start] == UInt8(ascii: "0"), bytes[start + 1] == UInt8(ascii: "x") {
          if let address = Self.address(bytes, at: start + 2) { addresses.insert(address) }
        } else if end - start > 10, bytes[start] == UInt8(ascii: "m") {
          let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
          Self.userPage(String(decoding: line, as: UTF8.self)).map { pages.append($0) }
        } else if end > start {
          let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
          Self.flashStore(String(decoding: line, as: UTF8.self)).map { stores.append($0) }
        }
        start = end + 1
      }
    }
    instructions = addresses.sorted().map(Address.init)
    flashStores = stores
    userPages = pages
  }

  /// Reads `mips_cpu_tlb_fill address=401024 physical 000000001e382024 prot 5`; nil for anything else, and for addresses
  /// that are not user space's.
  private static func userPage(_ line: String) -> UserPage? {
    let words = line.split(separator: " ")
    guard words.count >= 4, words[0] == "mips_cpu_tlb_fill", words[1].hasPrefix("address="),
      words[2] == "physical", let address = UInt32(words[1].dropFirst(8), radix: 16),
      address < 0x8000_0000, let physical = UInt32(words[3], radix: 16)
    else { return nil }
    return UserPage(address: Address(address), physical: Address(physical))
  }

  /// Reads eight hexadecimal digits and a colon.
  private static func address(_ bytes: UnsafeRawBufferPointer, at start: Int) -> UInt32? {
    var value: UInt32 = 0
    for index in start..<start + 8 {
      switch bytes[index] {
      case let digit where digit >= 0x30 && digit <= 0x39: value = value << 4 | UInt32(digit - 0x30)
      case let digit where digit >= 0x61 && digit <= 0x66: value = value << 4 | UInt32(digit - 0x57)
      default: return nil
      }
    }
    return start + 8 < bytes.count && bytes[start + 8] == UInt8(ascii: ":") ? value : nil
  }

  /// Returns the event that `line` tells of, when it is one of a store: `pflash_io_write …`, perhaps after
  /// `pid@time:`.
  private static func flashStore(_ line: String) -> String? {
    guard let start = line.firstRange(of: "pflash_")?.lowerBound else { return nil }
    let event = line[start...]
    let name = event.prefix { $0 != " " }
    return name.contains("write") || name.contains("erase") ? String(event) : nil
  }
}
