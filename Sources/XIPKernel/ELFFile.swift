/// A linked 32-bit MIPS program, read from the bytes of its ELF file in either byte order.
///
/// No bytes make it trap: every table and name is checked against the end of the file. The numbers are those of
/// the System V ABI, chapters 4 and 5.
public struct ELFFile: Sendable {
  /// One entry of the program header table.
  public struct Segment: Hashable, Sendable {
    /// The kind; 1 is `PT_LOAD`.
    public let kind: UInt32
    /// Where its bytes begin in the file.
    public let offset: Int
    /// The address it is linked at (VMA).
    public let virtualAddress: Address
    /// The address it is loaded at (LMA).
    public let loadAddress: Address
    /// The bytes it has in the file.
    public let fileSize: Int
    /// The bytes it has in memory.
    public let memorySize: Int
    /// The permission bits: 4 read, 2 write, 1 execute.
    public let flags: UInt32

    /// Whether the segment is loaded.
    public var isLoaded: Bool { kind == 1 }
    /// The permissions as `readelf` writes them, blanks left out.
    public var permissions: String {
      (flags & 4 != 0 ? "R" : "") + (flags & 2 != 0 ? "W" : "") + (flags & 1 != 0 ? "E" : "")
    }
  }

  /// One entry of the section header table.
  public struct Section: Hashable, Sendable {
    /// The name, such as `.text`.
    public let name: String
    /// The kind; 8 is `SHT_NOBITS`.
    public let kind: UInt32
    /// The flag bits: 1 write, 2 allocated, 4 executable.
    public let flags: UInt32
    /// The address it is linked at (VMA); 0 when it is not allocated.
    public let address: Address
    /// Where its bytes begin in the file.
    public let offset: Int
    /// Its size in memory.
    public let size: Int
    /// The index of a section it refers to.
    let link: Int

    /// Whether the section takes up memory.
    public var isAllocated: Bool { flags & 2 != 0 }
    /// Whether the program may write it.
    public var isWritable: Bool { flags & 1 != 0 }
    /// Whether the section holds code.
    public var isExecutable: Bool { flags & 4 != 0 }
    /// Whether the file has bytes for it.
    public var hasContent: Bool { kind != 8 && size > 0 }
    /// The first address behind it, as a number that may be 2³².
    var end: Int { Int(address.value) + size }

    /// Returns whether `other` lies in the section.
    public func contains(_ other: Address) -> Bool {
      address <= other && Int(other.value) < end
    }
  }

  /// One entry of the symbol table.
  public struct Symbol: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The address.
    public let address: Address
    /// The size in bytes, 0 when the source does not say.
    public let size: Int
    /// Whether the symbol is a function.
    public let isFunction: Bool
    /// Whether other files see the symbol.
    public let isGlobal: Bool
    /// The index of its section header; 0 is undefined, 0xfff1 absolute.
    public let section: Int
  }

  /// The bytes of the file.
  public let bytes: [UInt8]
  /// The order of the bytes in its words, and in the program's.
  public let byteOrder: ByteOrder
  /// Where the program is entered.
  public let entry: Address
  /// The program headers, in the order of the file.
  public let segments: [Segment]
  /// The section headers, in the order of the file.
  public let sections: [Section]
  /// The symbols, in the order of the file.
  public let symbols: [Symbol]

  private let symbolIndex: [String: Int]

  /// Reads the headers and the symbol table out of the bytes of a file.
  public init(_ bytes: [UInt8]) throws(ELFError) {
    self.bytes = bytes
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]), bytes.count > 5 else { throw .notELF }
    guard bytes[4] == 1 else { throw .otherMachine("class \(bytes[4])") }
    switch bytes[5] {
    case 1: byteOrder = .little
    case 2: byteOrder = .big
    default: throw .malformed("byte order \(bytes[5])")
    }
    guard let header = Record(bytes, byteOrder, at: 0, size: 52) else { throw .truncated("the ELF header") }
    guard header.half(18) == 8 else { throw .otherMachine("machine \(header.half(18))") }
    entry = Address(header.word(24))

    segments = try Self.table(
      "the program header table", in: bytes, byteOrder, at: header.word(28), count: header.half(44),
      entrySize: header.half(42), atLeast: 32
    ) { Segment($0) }
    for segment in segments where segment.offset + segment.fileSize > bytes.count {
      throw .truncated("the segment at \(segment.virtualAddress)")
    }

    let headers = try Self.table(
      "the section header table", in: bytes, byteOrder, at: header.word(32), count: header.half(48),
      entrySize: header.half(46), atLeast: 40
    ) { SectionHeader($0) }
    for each in headers where each.section.kind != 8 && each.section.offset + each.section.size > bytes.count
    {
      throw .truncated("section \(each.section.offset)")
    }
    let names = headers.indices.contains(Int(header.half(50))) ? headers[Int(header.half(50))].section : nil
    sections = headers.map { each in
      each.section.named(names.flatMap { Self.string(bytes, in: $0, at: each.nameOffset) } ?? "")
    }

    var symbols: [Symbol] = []
    if let table = sections.first(where: { $0.kind == 2 }) {
      guard sections.indices.contains(table.link) else { throw .malformed("the symbol table has no names") }
      let names = sections[table.link]
      symbols.reserveCapacity(table.size / 16)
      for index in 0..<(table.size / 16) {
        guard let entry = Record(bytes, byteOrder, at: table.offset + 16 * index, size: 16) else {
          throw .truncated("the symbol table")
        }
        guard let name = Self.string(bytes, in: names, at: Int(entry.word(0))) else {
          throw .malformed("the name of symbol \(index) does not end in its section, or is too long")
        }
        symbols.append(
          Symbol(
            name: name, address: Address(entry.word(4)), size: Int(entry.word(8)),
            isFunction: entry.byte(12) & 15 == 2, isGlobal: entry.byte(12) >> 4 != 0,
            section: Int(entry.half(14))))
      }
    }
    self.symbols = symbols
    var index: [String: Int] = [:]
    index.reserveCapacity(symbols.count)
    for (number, symbol) in symbols.enumerated() where symbol.section != 0 {
      // A static function may have a global one's name.
      if let known = index[symbol.name], symbols[known].isGlobal || !symbol.isGlobal { continue }
      index[symbol.name] = number
    }
    symbolIndex = index
  }

  /// Returns the defined symbol `name`, the global one where there are several, or nil.
  public func symbol(_ name: String) -> Symbol? {
    symbolIndex[name].map { symbols[$0] }
  }

  /// Returns the first section called `name`, or nil.
  public func section(_ name: String) -> Section? {
    sections.first { $0.name == name }
  }

  /// Returns the bytes of `section`, empty when the file has none for it.
  public func content(of section: Section) -> ArraySlice<UInt8> {
    section.hasContent ? bytes[section.offset..<section.offset + section.size] : []
  }

  /// Returns the allocated section that `address` lies in, or nil.
  public func section(containing address: Address) -> Section? {
    sections.first { $0.isAllocated && $0.contains(address) }
  }

  /// Returns the address that `section` is loaded at: its own, moved as its segment is; nil outside all segments.
  public func loadAddress(of section: Section) -> Address? {
    for segment in segments where segment.isLoaded {
      let start = section.address.distance(from: segment.virtualAddress)
      // An empty section may stand at the end of a segment and of none.
      guard start >= 0, start + section.size <= segment.memorySize else { continue }
      if section.hasContent, section.offset - segment.offset != start { continue }
      return segment.loadAddress.advanced(by: start)
    }
    return nil
  }
}

/// A fixed-size record that lies wholly within the file.
private struct Record {
  private let bytes: [UInt8]
  private let order: ByteOrder
  private let start: Int

  init?(_ bytes: [UInt8], _ order: ByteOrder, at start: Int, size: Int) {
    guard start >= 0, start <= bytes.count - size else { return nil }
    self.bytes = bytes
    self.order = order
    self.start = start
  }

  func byte(_ offset: Int) -> UInt8 { bytes[start + offset] }
  func half(_ offset: Int) -> UInt16 { order.half(bytes, at: start + offset) ?? 0 }
  func word(_ offset: Int) -> UInt32 { order.word(bytes, at: start + offset) ?? 0 }
}

private struct SectionHeader {
  let nameOffset: Int
  let section: ELFFile.Section

  init(_ record: Record) {
    nameOffset = Int(record.word(0))
    section = ELFFile.Section(
      name: "", kind: record.word(4), flags: record.word(8), address: Address(record.word(12)),
      offset: Int(record.word(16)), size: Int(record.word(20)), link: Int(record.word(24)))
  }
}

extension ELFFile.Segment {
  fileprivate init(_ record: Record) {
    self.init(
      kind: record.word(0), offset: Int(record.word(4)), virtualAddress: Address(record.word(8)),
      loadAddress: Address(record.word(12)), fileSize: Int(record.word(16)), memorySize: Int(record.word(20)),
      flags: record.word(24))
  }
}

extension ELFFile.Section {
  fileprivate func named(_ name: String) -> Self {
    Self(
      name: name, kind: kind, flags: flags, address: address, offset: offset, size: size, link: link)
  }
}

extension ELFFile {
  /// The most bytes of a name; the kernel's own are of 512 at most (KSYM_NAME_LEN).
  private static let nameLimit = 4096

  private static func table<Entry>(
    _ name: String, in bytes: [UInt8], _ order: ByteOrder, at offset: UInt32, count: UInt16,
    entrySize: UInt16, atLeast minimum: Int, entry: (Record) -> Entry
  ) throws(ELFError) -> [Entry] {
    if count == 0 { return [] }
    guard Int(entrySize) >= minimum else { throw .malformed("\(name) has entries of \(entrySize) bytes") }
    var entries: [Entry] = []
    for index in 0..<Int(count) {
      let start = Int(offset) + index * Int(entrySize)
      guard let record = Record(bytes, order, at: start, size: minimum) else {
        throw .truncated(name)
      }
      entries.append(entry(record))
    }
    return entries
  }

  /// Returns the text at `offset` of a string table, or nil when it does not end within the table.
  private static func string(_ bytes: [UInt8], in table: Section, at offset: Int) -> String? {
    guard table.kind != 8, offset >= 0, offset < table.size else { return nil }
    // A table that is one long name, of which each symbol takes its part, would become the square of its size.
    let rest = bytes[table.offset + offset..<table.offset + table.size].prefix(nameLimit)
    guard let end = rest.firstIndex(of: 0) else { return nil }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
