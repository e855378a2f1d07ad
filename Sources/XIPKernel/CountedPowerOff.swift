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
    let words: [UInt32] = [
      0x3c08_bf00,  // lui   t0, 0xbf00: the board's registers, uncached
      0x2409_0042,  // addiu t1, zero, 0x42
      0xad09_0500,  // sw    t1, 0x500(t0): SOFTRES
      0x1000_ffff,  // b     itself
      0,
    ]
    let code = words.flatMap { image.byteOrder.bytes(of: $0) }
    guard let function = kernel.symbol(Self.function), function.size >= code.count,
      let image = image.with(code, at: function.address)
    else { return nil }
    self.image = image
  }
}
