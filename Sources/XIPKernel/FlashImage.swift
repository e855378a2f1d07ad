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
  ///   - shim: The code for the first page.
  ///   - memory: The RAM the shim tells the kernel of, in bytes; 0 leaves the shim's own default.
  /// - Throws: `XIPKernelError.imageTooLarge`, also for a kernel whose sections lie far apart.
  public init(kernel: ELFFile, shim: BootShim, memory: UInt32 = 0) throws(XIPKernelError) {
    byteOrder = kernel.byteOrder
    let loaded = kernel.loadedSections
    let first = loaded.map { Int($0.address.value) }.min() ?? 0
    let end = loaded.map { Int($0.address.value) + $0.section.size }.max() ?? 0
    let size = BootShim.pageSize + end - first
    guard size <= Self.capacity else { throw .imageTooLarge(bytes: size, limit: Self.capacity) }

    var page = shim.code + Array(repeating: 0xff, count: BootShim.pageSize - shim.code.count)
    page.put(byteOrder.bytes(of: kernel.entry.value), at: Parameter.entry)
    page.put(byteOrder.bytes(of: memory), at: Parameter.memory)
    var bytes = page + Array(repeating: 0, count: end - first)
    for (address, section) in loaded {
      bytes.put(kernel.content(of: section), at: BootShim.pageSize + Int(address.value) - first)
    }
    self.bytes = bytes
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
  fileprivate mutating func put(_ content: some Collection<UInt8>, at offset: Int) {
    replaceSubrange(offset..<offset + content.count, with: content)
  }
}
