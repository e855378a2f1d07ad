import Host
import SystemPackage

/// The content of the board's flash: the boot shim in its page, then the kernel as it is loaded.
public struct FlashImage: Sendable {
  /// The size of malta's flash (`FLASH_SIZE` in QEMU's hw/mips/malta.c).
  public static let capacity = 0x40_0000

  /// The physical address of malta's flash (`FLASH_ADDRESS` there).
  public static let flashAddress = Address(0x1e00_0000)

  /// Where the board shows its flash at reset (`RESET_ADDRESS` there): a copy that cannot be written.
  public static let resetAddress = Address(0x1fc0_0000)

  /// The bytes in the target's byte order.
  public let bytes: [UInt8]

  /// The order of the bytes in the target's words.
  public let byteOrder: ByteOrder

  /// Lays `kernel` behind `shim` and fills in the shim's parameters.
  ///
  /// - Parameters:
  ///   - kernel: The linked kernel; the bytes are those `objcopy -O binary` makes of it.
  ///   - stored: The bytes to store instead, where the kernel's data is deflated, nil otherwise.
  ///   - shim: The code for the first page.
  ///   - memory: The RAM the shim tells the kernel of, in bytes; 0 leaves the shim's own default.
  /// - Throws: `XIPKernelError.imageTooLarge`, also for a kernel whose sections lie far apart.
  public init(
    kernel: ELFFile, stored: [UInt8]? = nil, shim: BootShim, memory: UInt32 = 0
  ) throws(XIPKernelError) {
    byteOrder = kernel.byteOrder
    let loaded = kernel.loadedSections
    let first = loaded.map { Int($0.address.value) }.min() ?? 0
    let end = loaded.map { Int($0.address.value) + $0.section.size }.max() ?? 0
    let size = BootShim.pageSize + (stored?.count ?? end - first)
    guard size <= Self.capacity else { throw .imageTooLarge(bytes: size, limit: Self.capacity) }

    var page = shim.code + Array(repeating: 0xff, count: BootShim.pageSize - shim.code.count)
    page.put(byteOrder.bytes(of: kernel.entry.value), at: Parameter.entry)
    page.put(byteOrder.bytes(of: memory), at: Parameter.memory)
    if let stored {
      bytes = page + stored
      return
    }
    var bytes = page + Array(repeating: 0, count: end - first)
    for (address, section) in loaded {
      bytes.put(kernel.content(of: section), at: BootShim.pageSize + Int(address.value) - first)
    }
    self.bytes = bytes
  }

  /// Makes the image of the bytes that a flash holds.
  init(_ bytes: [UInt8], _ byteOrder: ByteOrder) {
    self.bytes = bytes
    self.byteOrder = byteOrder
  }

  /// Returns the image with the RAM that the shim tells the kernel of set to `memory` bytes.
  func with(memory: Int) -> FlashImage {
    var bytes = bytes
    bytes.put(byteOrder.bytes(of: UInt32(memory)), at: Parameter.memory)
    return FlashImage(bytes, byteOrder)
  }

  /// Returns the image whose shim enters what is behind it at `entry`.
  func with(entry: Address) -> FlashImage {
    var bytes = bytes
    bytes.put(byteOrder.bytes(of: entry.value), at: Parameter.entry)
    return FlashImage(bytes, byteOrder)
  }

  /// Returns the image with `code` at `address` of the kernel, nil where the image does not have that.
  func with(_ code: [UInt8], at address: Address) -> FlashImage? {
    let offset = address.physical.distance(from: Self.flashAddress)
    guard offset >= BootShim.pageSize, offset + code.count <= bytes.count else { return nil }
    var bytes = bytes
    bytes.put(code, at: offset)
    return FlashImage(bytes, byteOrder)
  }

  /// Returns the image with `content` in the part `region` of the flash, behind the kernel.
  ///
  /// - Throws: `XIPKernelError.imageTooLarge` when the kernel reaches into the region, or the content out of it.
  func with(_ content: [UInt8], in region: Range<Address>) throws(XIPKernelError) -> FlashImage {
    let offset = region.lowerBound.distance(from: Self.flashAddress)
    guard bytes.count <= offset else { throw .imageTooLarge(bytes: bytes.count, limit: offset) }
    let size = region.upperBound.distance(from: region.lowerBound)
    guard content.count <= size else { throw .imageTooLarge(bytes: content.count, limit: size) }
    return FlashImage(bytes + Array(repeating: 0xff, count: offset - bytes.count) + content, byteOrder)
  }

  /// Returns the image with the kernel entered through code that stores to the flash: a control.
  ///
  /// The code stands in what the shim leaves of its page. It has the flash program the word at 0x40, which nothing
  /// uses, by the commands that every CFI flash of the first kind knows: 0x40 and the data, then 0xff to read.
  ///
  /// - Returns: The image, or nil when the shim leaves no room.
  var storingToFlash: FlashImage? {
    guard let entry = byteOrder.word(bytes, at: Parameter.entry) else { return nil }
    let code: [UInt32] = [
      0x3c08_be00,  // lui   t0, 0xbe00: the flash, uncached
      0x3c09_4040,  // lui   t1, 0x4040
      0x3529_4040,  // ori   t1, t1, 0x4040
      0xad09_0040,  // sw    t1, 0x40(t0): program
      0xad09_0040,  // sw    t1, 0x40(t0): the data
      0x2409_ffff,  // addiu t1, zero, -1
      0xad09_0040,  // sw    t1, 0x40(t0): read again
      0x3c19_0000 | entry >> 16,  // lui   t9, the entry's upper half
      0x3739_0000 | entry & 0xffff,  // ori   t9, t9, its lower half
      0x0320_0008,  // jr    t9
      0,
    ]
    let offset = BootShim.pageSize - 0x100
    let room = offset..<offset + 4 * code.count
    guard bytes.count > room.upperBound, bytes[room].allSatisfy({ $0 == 0xff }) else { return nil }
    var bytes = bytes
    bytes.put(code.flatMap { byteOrder.bytes(of: $0) }, at: offset)
    // The shim runs at the uncached address of the reset vector.
    let start = Self.resetAddress.value | 0xa000_0000
    bytes.put(byteOrder.bytes(of: start + UInt32(offset)), at: Parameter.entry)
    return FlashImage(bytes, byteOrder)
  }

  /// The places in the shim's page that the image fills in; 0x10 is the board's own, where it shows its number.
  private enum Parameter {
    static let entry = 0x14
    static let memory = 0x18
  }

  /// The bytes as QEMU's `-bios` takes them.
  ///
  /// For a little-endian board QEMU swaps the words of the first 0x3e0000 bytes (hw/mips/malta.c), so that one
  /// big-endian image would do for both; they are swapped here to come out right. What lies behind is as it is.
  public var biosBytes: [UInt8] {
    guard byteOrder == .little else { return bytes }
    var swapped = bytes + Array(repeating: 0xff, count: -bytes.count & 3)
    var index = 0
    while index + 4 <= min(swapped.count, 0x3e_0000) {
      swapped.swapAt(index, index + 3)
      swapped.swapAt(index + 1, index + 2)
      index += 4
    }
    return swapped
  }

  /// Writes the image to its two files: as the flash holds it, and as QEMU's `-bios` takes it.
  public func write(to files: KernelFiles) throws(XIPKernelError) {
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(bytes, to: files.flashImage)
      try Files.write(biosBytes, to: files.biosImage)
    }
  }
}

extension ELFFile {
  /// The sections that have bytes to load, and the addresses to load them at.
  var loadedSections: [(address: Address, section: Section)] {
    sections.compactMap { section in
      guard section.isAllocated, section.hasContent else { return nil }
      return loadAddress(of: section).map { ($0, section) }
    }
  }
}

extension [UInt8] {
  /// Replaces the bytes from `offset` on by `content`.
  mutating func put(_ content: some Collection<UInt8>, at offset: Int) {
    replaceSubrange(offset..<offset + content.count, with: content)
  }
}
