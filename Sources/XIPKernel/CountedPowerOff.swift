/// A flash image whose kernel resets the board in the place of switching it off, for counting its instructions.
///
/// When a kernel switches malta off, QEMU tells its main thread, and the processor goes on until that has time: a
/// count would hang on the load of this machine. A reset stops the processor at the instruction that asks for it
/// (`cpu_stop_current` in QEMU's softmmu/runstate.c).
struct CountedPowerOff {
  /// The function that gets other code.
  private static let function = "machine_power_off"

  /// The flash image.
  let image: FlashImage

  /// Puts the code into the flash image of `kernel`.
  ///
  /// - Returns: Nil when the kernel lacks the function.
  init?(_ image: FlashImage, of kernel: ELFFile) {
    guard let (code, address) = Self.code(for: kernel), let image = image.with(code, at: address) else {
      return nil
    }
    self.image = image
  }

  /// Returns the bytes of an ELF file with the code in it and without its `wait` instructions, nil when the kernel
  /// lacks the function.
  static func bytes(of kernel: ELFFile) -> [UInt8]? {
    guard let (code, address) = code(for: kernel), let section = kernel.section(containing: address) else {
      return nil
    }
    var bytes = kernel.bytesWithoutWaits
    bytes.put(code, at: section.offset + address.distance(from: section.address))
    return bytes
  }

  /// Returns the code and where it goes, nil when the kernel lacks the function or that is too short.
  private static func code(for kernel: ELFFile) -> (code: [UInt8], address: Address)? {
    let words: [UInt32] = [
      0x3c08_bf00,  // lui   t0, 0xbf00: the board's registers, uncached
      0x2409_0042,  // addiu t1, zero, 0x42
      0xad09_0500,  // sw    t1, 0x500(t0): SOFTRES
      0x1000_ffff,  // b     itself
      0,
    ]
    let code = words.flatMap { kernel.byteOrder.bytes(of: $0) }
    guard let function = kernel.symbol(function), function.size >= code.count else { return nil }
    return (code, function.address)
  }
}
