// What the flash tells of a run: that nothing was stored to it, and that it holds what it held.

extension QEMULog {
  /// Whether no store reached the flash.
  var flashNotWritten: Finding {
    guard let first = flashStores.first else { return Finding(passed: true, read: "no store") }
    return Finding(passed: false, read: "\(flashStores.count) events of a store, the first: \(first)")
  }
}

extension FlashImage {
  /// Returns whether `flash`, read at the end of a run, begins with the image.
  func unchanged(in flash: [UInt8]) -> Finding {
    guard flash.count >= bytes.count else {
      return Finding(passed: false, read: "only \(flash.count) bytes of flash were read")
    }
    let different = bytes.indices.filter { flash[$0] != bytes[$0] }
    guard let first = different.first else {
      return Finding(passed: true, read: "\(bytes.count) bytes equal the image")
    }
    return Finding(
      passed: false, read: "\(different.count) bytes differ, the first at 0x\(hexadecimal(first))")
  }
}
