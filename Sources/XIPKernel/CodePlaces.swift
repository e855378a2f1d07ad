/// The places of a kernel that code may be fetched from when it executes in place.
struct CodePlaces {
  /// The kernel's sections in flash, nil for a kernel that has none there.
  private let flash: Range<Address>?
  /// The code that the kernel generates in RAM, which it names.
  private let ramCode: Range<Address>?
  /// The page of the exception vectors, which the kernel allocates when it boots.
  private let vectors: Range<Address>?

  /// Takes the places from the kernel's symbols, and that of the vectors from its variable `ebase`.
  ///
  /// - Parameters:
  ///   - kernel: The kernel that ran.
  ///   - ram: The RAM it left.
  init(_ kernel: ELFFile, ram: [UInt8]) {
    let start = FlashImage.flashAddress.kseg0
    flash = kernel.range("_text", "_exiprom").flatMap {
      $0.lowerBound >= start && $0.upperBound.distance(from: start) <= FlashImage.capacity ? $0 : nil
    }
    ramCode = kernel.range("__xip_ramtext_start", "__xip_ramtext_end")
    vectors = Self.vectorPage(kernel, ram: ram)
  }

  /// Returns the page that the variable `ebase` in `ram` points to.
  static func vectorPage(_ kernel: ELFFile, ram: [UInt8]) -> Range<Address>? {
    guard let variable = kernel.symbol("ebase")?.address.physical,
      let base = kernel.byteOrder.word(ram, at: Int(variable.value)),
      let end = Address(base).advanced(by: 0x1000)
    else { return nil }
    return Address(base)..<end
  }

  /// Returns where the addresses in `log` lie, and whether they all lie where they may.
  func finding(_ log: QEMULog) -> Finding {
    // The reset vector and the shim behind it, uncached.
    let shim = Address(0xbfc0_0000)..<Address(0xbfc0_1000)
    var counts = (flash: 0, ramCode: 0, vectors: 0, shim: 0, user: 0)
    var astray: [Address] = []
    for address in log.instructions {
      if flash?.contains(address) ?? false {
        counts.flash += 1
      } else if ramCode?.contains(address) ?? false {
        counts.ramCode += 1
      } else if vectors?.contains(address) ?? false {
        counts.vectors += 1
      } else if shim.contains(address) {
        counts.shim += 1
      } else if address.value < 0x8000_0000 {
        counts.user += 1
      } else {
        astray.append(address)
      }
    }
    var read =
      "\(log.instructions.count) instructions: \(counts.flash) in flash, \(counts.ramCode) in the RAM code, "
      + "\(counts.vectors) in the vectors, \(counts.shim) in the shim, \(counts.user) in user space"
    if let first = astray.first, let last = astray.last {
      read += ", \(astray.count) elsewhere, from \(first) to \(last)"
    }
    return Finding(passed: astray.isEmpty && counts.flash > 0, read: read)
  }
}

extension ELFFile {
  /// Returns the addresses from the symbol `start` up to the symbol `end`, nil when there are none.
  func range(_ start: String, _ end: String) -> Range<Address>? {
    guard let start = symbol(start)?.address, let end = symbol(end)?.address, start < end else { return nil }
    return start..<end
  }
}
