import Host

/// An image for RAM, laid into flash behind a loader that copies it as U-Boot's `bootm` does.
///
/// The loader runs from flash through the caches, reads the image word by word, writes it to where it belongs, writes back
/// and invalidates the lines, and enters it with the shim's arguments. A loader that checks a checksum first, or reads the
/// flash past the caches as old U-Boots do, takes longer.
struct CopiedImage {
  /// The flash image.
  let image: FlashImage
  /// Where the loader begins.
  let loader: Address
  /// The bytes of the loader and the image behind it.
  let flashBytes: Int

  /// Lays `payload` behind the shim of `flash`.
  ///
  /// - Parameters:
  ///   - payload: A program that is linked to RAM.
  ///   - flash: A flash image, of which the shim's page is taken.
  /// - Throws: `XIPKernelError.imageTooLarge`.
  init(_ payload: ELFFile, behindShimOf flash: FlashImage) throws(XIPKernelError) {
    let loaded = payload.loadedSections
    let first = loaded.map { Int($0.address.value) }.min() ?? 0
    let end = loaded.map { Int($0.address.value) + $0.section.size }.max() ?? 0
    let size = (end - first + 3) & ~3
    let start = BootShim.pageSize + Self.room
    guard size > 0, start + size <= FlashImage.capacity else {
      throw .imageTooLarge(bytes: start + size, limit: FlashImage.capacity)
    }
    var bytes = Array(flash.bytes.prefix(BootShim.pageSize)) + Array(repeating: 0, count: Self.room + size)
    for (address, section) in loaded {
      bytes.put(payload.content(of: section), at: start + Int(address.value) - first)
    }
    let base = FlashImage.flashAddress.kseg0.value
    loader = Address(base + UInt32(BootShim.pageSize))
    let code = Self.code(
      from: base + UInt32(start), to: UInt32(first) | 0x8000_0000, bytes: UInt32(size),
      entry: payload.entry.value)
    bytes.put(code.flatMap { flash.byteOrder.bytes(of: $0) }, at: BootShim.pageSize)
    image = FlashImage(bytes, flash.byteOrder).with(entry: loader)
    flashBytes = Self.room + size
  }

  /// The room that the loader has.
  static let room = 0x100

  /// Returns the loader's instructions.
  static func code(from source: UInt32, to target: UInt32, bytes: UInt32, entry: UInt32) -> [UInt32] {
    func load(_ register: UInt32, _ value: UInt32) -> [UInt32] {
      [
        0x3c00_0000 | register << 16 | value >> 16,  // lui
        0x3400_0000 | register << 21 | register << 16 | value & 0xffff,  // ori
      ]
    }
    let (t0, t1, t2, t9): (UInt32, UInt32, UInt32, UInt32) = (8, 9, 10, 25)
    return load(t0, source) + load(t1, target) + load(t2, source + bytes) + [
      0x8d0b_0000,  // 1: lw    t3, 0(t0)
      0x2508_0004,  //    addiu t0, t0, 4
      0xad2b_0000,  //    sw    t3, 0(t1)
      0x150a_fffc,  //    bne   t0, t2, 1b
      0x2529_0004,  //    addiu t1, t1, 4
    ] + load(t1, target) + load(t2, target + bytes) + [
      0xbd35_0000,  // 2: cache Hit_Writeback_Inv_D, 0(t1)
      0xbd30_0000,  //    cache Hit_Invalidate_I, 0(t1)
      0x2529_0020,  //    addiu t1, t1, 32
      0x012a_582b,  //    sltu  t3, t1, t2
      0x1560_fffb,  //    bne   t3, zero, 2b
      0x0000_0000,  //    nop
      0x0000_000f,  //    sync
    ] + load(t9, entry) + [
      0x0320_0408,  //    jr.hb t9
      0x0000_0000,  //    nop
    ]
  }
}
