/// A cramfs file system all of whose files can be mapped to memory as they lie in flash: uncompressed, in one piece,
/// from a page on.
///
/// The format is the kernel's (`include/uapi/linux/cramfs_fs.h`), with its extended block pointers, which Linux knows
/// since 4.15 and which no program of Debian makes.
struct CramfsImage: Sendable {
  /// What a directory has under a name.
  indirect enum Node: Sendable {
    /// A directory, with the mode's lower bits.
    case directory(mode: UInt16, [String: Node])
    /// A file, with the mode's lower bits.
    case file(mode: UInt16, [UInt8])
    /// A character device, with the mode's lower bits.
    case device(mode: UInt16, major: UInt8, minor: UInt8)
  }

  /// Why there can be no such image.
  enum Problem: Error, Hashable {
    /// A name that is empty, longer than 252 bytes, or has a `/` or a zero byte.
    case name(String)
    /// A file of 16 MiB or more, which the format has no number for.
    case tooLarge(String)
    /// A file that fills its last page, which the kernel (to 7.1 at least) reads as zeros: `cramfs_read_folio()` takes
    /// the length of the last block from the file's size modulo the page.
    case fillsPage(String)
  }

  /// The page of the kernels that map the files.
  static let pageSize = 0x1000

  /// The image, a whole number of pages, in the target's byte order.
  private(set) var bytes: [UInt8] = []
  /// Where in the image each file begins; the keys are paths without a leading `/`.
  private(set) var files: [String: Int] = [:]

  private let byteOrder: ByteOrder
  private var blocks = 0
  private var inodes = 1
  /// The files whose content is still to come, with the place of their block pointers.
  private var pending: [(path: String, content: [UInt8], pointers: Int)] = []

  /// Makes the image of a root directory that holds `root`.
  ///
  /// - Throws: `Problem` with the path that cannot be stored.
  init(_ root: [String: Node], _ byteOrder: ByteOrder) throws(Problem) {
    self.byteOrder = byteOrder
    bytes = Array(repeating: 0, count: Superblock.size)
    let size = try Self.listSize(root)
    try add(root, path: "", at: Superblock.size)
    for (path, content, pointers) in pending { place(content, path, pointers) }
    pending = []
    pad()

    var superblock = [Superblock.magic, UInt32(bytes.count), Superblock.flags, 0].flatMap(word)
    superblock += Array("Compressed ROMFS".utf8)
    superblock += [0, 0, UInt32(blocks), UInt32(inodes)].flatMap(word)
    superblock += Array("xip-rebase".utf8) + Array(repeating: 0, count: 6)
    superblock += inode(
      mode: Mode.directory | 0o755, size: size, nameWords: 0, offset: root.isEmpty ? 0 : Superblock.size)
    bytes.put(superblock, at: 0)
    bytes.put(word(CRC32.value(of: bytes)), at: Superblock.checksum)
  }

  private enum Superblock {
    static let magic: UInt32 = 0x28cd_3d45
    static let size = 76
    static let checksum = 32
    /// The second version of the file system's identity, sorted directories, extended block pointers.
    static let flags: UInt32 = 0x001 | 0x002 | 0x800
  }

  private enum Mode {
    static let directory: UInt16 = 0o040000
    static let file: UInt16 = 0o100000
    static let device: UInt16 = 0o020000
  }

  /// A block that stands at four times the pointer's lower 30 bits, as it is.
  private static let directBlock: UInt32 = 1 << 31 | 1 << 30

  /// Returns how many bytes the list of `directory` takes.
  private static func listSize(_ directory: [String: Node]) throws(Problem) -> Int {
    var size = 0
    for name in directory.keys {
      guard 1...252 ~= name.utf8.count, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "/")) else {
        throw .name(name)
      }
      size += inodeSize + nameWords(name) * 4
    }
    return size
  }

  private static let inodeSize = 12
  private static func nameWords(_ name: String) -> Int { (name.utf8.count + 3) / 4 }

  /// Writes the list of `directory` to `start`, which is the image's end, and what its directories hold behind it.
  private mutating func add(_ directory: [String: Node], path: String, at start: Int) throws(Problem) {
    bytes += Array(repeating: 0, count: try Self.listSize(directory))
    var place = start
    for (name, node) in directory.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      let path = path.isEmpty ? name : "\(path)/\(name)"
      let nameWords = Self.nameWords(name)
      inodes += 1
      let inode: [UInt8]
      switch node {
      case .directory(let mode, let inner):
        let size = try Self.listSize(inner)
        let offset = inner.isEmpty ? 0 : bytes.count
        inode = self.inode(mode: Mode.directory | mode, size: size, nameWords: nameWords, offset: offset)
        try add(inner, path: path, at: bytes.count)
      case .file(let mode, let content):
        guard content.count < 1 << 24 else { throw .tooLarge(path) }
        guard content.isEmpty || !content.count.isMultiple(of: Self.pageSize) else { throw .fillsPage(path) }
        let offset = content.isEmpty ? 0 : bytes.count
        inode = self.inode(
          mode: Mode.file | mode, size: content.count, nameWords: nameWords, offset: offset)
        if !content.isEmpty {
          pending.append((path, content, offset))
          let count = (content.count + Self.pageSize - 1) / Self.pageSize
          bytes += Array(repeating: 0, count: 4 * count)
          blocks += count
        }
      case .device(let mode, let major, let minor):
        inode = self.inode(
          mode: Mode.device | mode, size: Int(major) << 8 | Int(minor), nameWords: nameWords, offset: 0)
      }
      bytes.put(inode + Array(name.utf8), at: place)
      place += Self.inodeSize + nameWords * 4
    }
  }

  /// Appends `content` from a page on and fills in its block pointers.
  private mutating func place(_ content: [UInt8], _ path: String, _ pointers: Int) {
    pad()
    files[path] = bytes.count
    for (number, start) in stride(from: 0, to: content.count, by: Self.pageSize).enumerated() {
      let pointer = Self.directBlock | UInt32((bytes.count + start) / 4)
      bytes.put(word(pointer), at: pointers + 4 * number)
    }
    bytes += content
  }

  private mutating func pad() {
    bytes += Array(repeating: 0, count: -bytes.count & (Self.pageSize - 1))
  }

  /// Returns an inode of `root`, the owner of all; in C it is three words of bit fields.
  private func inode(mode: UInt16, size: Int, nameWords: Int, offset: Int) -> [UInt8] {
    let fields: [UInt32] =
      switch byteOrder {
      case .little: [UInt32(mode), UInt32(size), UInt32(nameWords) | UInt32(offset / 4) << 6]
      case .big: [UInt32(mode) << 16, UInt32(size) << 8, UInt32(nameWords) << 26 | UInt32(offset / 4)]
      }
    return fields.flatMap(word)
  }

  private func word(_ value: UInt32) -> [UInt8] { byteOrder.bytes(of: value) }
}
