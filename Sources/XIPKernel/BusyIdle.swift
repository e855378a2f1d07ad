/// A kernel whose `wait` instructions do nothing, as the architecture allows them to.
///
/// While the processor waits, a clock that counts instructions jumps to the next timer. A timer that is set anew
/// when it fires, and interrupts nobody, then keeps QEMU 7.2 busy for good: 7.1's first idle moment does, and any
/// kernel that halts after a panic (`icount_start_warp_timer` called from `timer_mod_ns`).
extension ELFFile {
  /// Where the kernel's `wait` instructions are.
  var waits: [Address] { waitPlaces.compactMap(\.address) }

  /// Where they are in the file, and in memory.
  private var waitPlaces: [(offset: Int, address: Address?)] {
    sections.filter { $0.isExecutable && $0.hasContent }.flatMap { section in
      stride(from: 0, to: section.size - 3, by: 4).compactMap { offset in
        // `wait`: COP0, CO, a code of no meaning, 0x20.
        guard let word = byteOrder.word(bytes, at: section.offset + offset), word & 0xfe00_003f == 0x4200_0020
        else { return nil }
        return (section.offset + offset, section.address.advanced(by: offset))
      }
    }
  }

  /// The bytes of the file without its `wait` instructions.
  var bytesWithoutWaits: [UInt8] {
    var bytes = bytes
    for place in waitPlaces { bytes.put([0, 0, 0, 0], at: place.offset) }
    return bytes
  }
}

extension FlashImage {
  /// Returns the image without the `wait` instructions of its `kernel`.
  func withoutWaits(of kernel: ELFFile) -> FlashImage {
    kernel.waits.reduce(self) { image, address in image.with([0, 0, 0, 0], at: address) ?? image }
  }
}
