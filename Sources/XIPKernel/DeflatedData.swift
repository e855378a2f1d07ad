/// The kernel's own image of one whose data is deflated: what the ELF file says, but for a gzip file as its end.
struct DeflatedData {
  /// The part that is stored as it is, and the data, by the ELF file.
  private let plain: (text: [UInt8], data: [UInt8])
  private let stored: [UInt8]

  /// The most that an image may take to be looked at: more than the flash, which another check is about.
  private static let limit = 64 << 20

  /// Looks at the bytes `stored` of `kernel`.
  init(of kernel: ELFFile, in stored: [UInt8]) {
    self.stored = stored
    let loaded = kernel.loadedSections
    let first = loaded.map { Int($0.address.value) }.min() ?? 0
    let end = loaded.map { Int($0.address.value) + $0.section.size }.max() ?? 0
    // Sections that lie far apart are not an image; another check tells.
    guard (first..<first + Self.limit).contains(end),
      let data = kernel.symbol("__data_loc").map({ Int($0.address.value) - first }),
      (0...end - first).contains(data)
    else {
      plain = ([], [])
      return
    }
    var bytes = Array(repeating: UInt8(0), count: end - first)
    for (address, section) in loaded {
      bytes.put(kernel.content(of: section), at: Int(address.value) - first)
    }
    plain = (Array(bytes[..<data]), Array(bytes[data...]))
  }

  /// The check that the image begins with the ELF file's text, and that its end is a gzip file of its data.
  ///
  /// The gzip file is taken at its word, which is the CRC-32 and the size at its end: that it can be inflated to that
  /// is shown by the boot.
  var check: LayoutCheck {
    let file = stored.dropFirst(plain.text.count)
    // RFC 1952: no name and nothing else behind the ten bytes of the header, which `head.S` counts on.
    let isGzip = file.count > 18 && file.starts(with: [0x1f, 0x8b, 8, 0])
    let trailer =
      ByteOrder.little.bytes(of: CRC32.value(of: plain.data))
      + ByteOrder.little.bytes(of: UInt32(plain.data.count))
    let holds =
      !plain.data.isEmpty && stored.starts(with: plain.text) && isGzip
      && file.suffix(8).elementsEqual(trailer)
    return LayoutCheck(
      name: "deflated-data", passed: holds,
      read:
        "\(plain.text.count) bytes \(stored.starts(with: plain.text) ? "as" : "not as") in the ELF file, then "
        + (isGzip ? "a gzip file of \(file.count) bytes" : "no gzip file")
        + (file.suffix(8).elementsEqual(trailer) ? " of" : ", but not of")
        + " the \(plain.data.count) bytes of data")
  }
}
