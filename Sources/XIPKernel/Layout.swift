/// A kernel's ELF file seen as what flash and RAM hold of it, and the checks on that.
struct Layout {
  private let kernel: ELFFile
  /// The physical address that the kernel is to run at.
  private let address: Address
  /// The segment with the kernel's first instruction.
  private let rom: ELFFile.Segment?

  /// The bytes that flash holds, where the kernel's data is deflated.
  private let stored: [UInt8]?

  /// Looks at `kernel`, which is to run at the physical `address`.
  ///
  /// - Parameters:
  ///   - kernel: The linked kernel.
  ///   - address: Where it is to run.
  ///   - stored: What is stored of it, where that is not what the ELF file says, as the data is deflated.
  init(_ kernel: ELFFile, at address: Address, stored: [UInt8]? = nil) {
    self.kernel = kernel
    self.address = address
    self.stored = stored
    rom = kernel.segments.first { segment in
      segment.isLoaded && segment.memorySize > 0
        && (0..<segment.memorySize).contains(kernel.entry.distance(from: segment.virtualAddress))
    }
  }

  /// The functions in flash that jump to code which the kernel generates at boot, and where that code begins.
  static let trampolines = [
    (name: "clear_page", code: "__clear_page_start"),
    (name: "copy_page", code: "__copy_page_start"),
    (name: "tlbmiss_handler_setup_pgd", code: "tlbmiss_handler_setup_pgd_start"),
  ]

  /// The generated handlers that are called by address, from the table of the exception handlers.
  static let handlers = ["handle_tlbl", "handle_tlbs", "handle_tlbm"]

  /// The stubs of genex.S and cex-gen.S that the kernel copies to the vectors of the processors that run in place.
  ///
  /// `except_vec4` is not among them: it is a jump to itself, for which `set_except_vector` puts the real one.
  static let copiedStubs = [
    "except_vec2_generic", "except_vec3_generic", "except_vec_vi", "rollback_except_vec_vi",
    "except_vec_ejtag_debug", "except_vec_nmi",
  ]

  /// Returns every check, in the order in which a reader wants them.
  var checks: [LayoutCheck] {
    [
      romSegment, ramSegment, sectionsPlaced, imageEnd, imageInFlash, textOrder, exceptionTable, initTables,
      generatedCode, trampolinesInFlash, jumpsInCopiedCode, jumpsInFlash,
    ] + (stored.map { [DeflatedData(of: kernel, in: $0).check] } ?? [])
  }

  private var romSegment: LayoutCheck {
    guard let rom else { return failed("rom-segment", "no segment has the entry \(kernel.entry)") }
    let holds =
      rom.virtualAddress == address.kseg0 && rom.loadAddress.physical == address && rom.permissions == "RE"
    return LayoutCheck(
      name: "rom-segment", passed: holds,
      read: "VMA \(rom.virtualAddress), LMA \(rom.loadAddress), \(rom.permissions); "
        + "wanted \(address.kseg0), RE")
  }

  private var ramSegment: LayoutCheck {
    let name = "ram-segment"
    guard let rom else { return failed(name, "no ROM segment") }
    let romEnd = Int(rom.loadAddress.value) + rom.fileSize
    var next = romEnd
    var read: [String] = []
    var holds = true
    for segment in kernel.segments where segment.isLoaded && segment.fileSize > 0 && segment != rom {
      let start = Int(segment.loadAddress.value)
      read.append("VMA \(segment.virtualAddress), LMA \(segment.loadAddress), \(segment.permissions)")
      // The linker may round up to the data's own alignment, which is a page.
      holds = holds && !inROM(segment.virtualAddress) && (next..<next + 0x1000).contains(start)
      next = start + segment.fileSize
    }
    guard !read.isEmpty else { return failed(name, "no segment beside the ROM segment") }
    if let loaded = kernel.symbol("__data_loc"), let start = loadAddress("_sdata") {
      holds = holds && loaded.address.physical == start.physical
      read.append("__data_loc \(loaded.address), _sdata loaded at \(start)")
    } else {
      holds = false
      read.append("no __data_loc or _sdata")
    }
    return LayoutCheck(
      name: name, passed: holds, read: read.joined(separator: "; ") + "; ROM ends at 0x\(hexadecimal(romEnd))"
    )
  }

  private var sectionsPlaced: LayoutCheck {
    let astray = kernel.sections.filter { section in
      guard section.isAllocated, section.hasContent else { return false }
      return !inROM(section.address) && !inCopiedRAM(section.address)
    }
    let count = kernel.sections.count { $0.isAllocated && $0.hasContent }
    return LayoutCheck(
      name: "sections-placed", passed: astray.isEmpty,
      read: astray.isEmpty
        ? "\(count) sections in flash or in the RAM copy"
        : "neither in flash nor in the RAM copy: " + astray.map(\.name).joined(separator: ", "))
  }

  private var imageEnd: LayoutCheck {
    let end = loadedEnd
    guard let mark = loadAddress("_edata") else {
      return failed("image-end", "no _edata in a loaded section")
    }
    return LayoutCheck(
      name: "image-end", passed: Int(mark.value) == end,
      read: "_edata loaded at \(mark), the image ends at 0x\(hexadecimal(end))")
  }

  private var imageInFlash: LayoutCheck {
    let bases = [FlashImage.flashAddress, FlashImage.resetAddress]
    // Deflated data ends before the address that the ELF file has for its end.
    let end =
      stored.map { Int(address.value) + $0.count }
      ?? Int(Address(UInt32(truncatingIfNeeded: loadedEnd)).physical.value)
    let base = bases.last { $0 <= address }
    let holds =
      base.map { address < Address(UInt32(end)) && end - Int($0.value) <= FlashImage.capacity } ?? false
    return LayoutCheck(
      name: "image-in-flash", passed: holds,
      read: "\(address) to 0x\(hexadecimal(end)), flash \(base.map { "\($0)" } ?? "elsewhere"), "
        + "\(FlashImage.capacity) bytes")
  }

  private var textOrder: LayoutCheck {
    guard let start = kernel.symbol("_stext")?.address, let end = kernel.symbol("_etext")?.address else {
      return failed("text-order", "no _stext or _etext")
    }
    return LayoutCheck(
      name: "text-order", passed: start <= end && inROM(start) && inROM(end),
      read: "_stext \(start), _etext \(end)")
  }

  private var exceptionTable: LayoutCheck {
    let name = "exception-table"
    guard let start = kernel.symbol("__start___ex_table")?.address,
      let end = kernel.symbol("__stop___ex_table")?.address, start < end,
      let section = kernel.section(containing: start), section.hasContent
    else { return failed(name, "no table") }
    // On MIPS an entry is two addresses: the instruction that may fault, and where to go on.
    let offset = section.offset + start.distance(from: section.address)
    let count = end.distance(from: start) / 8
    // What the symbols say may be more than the file has.
    var instructions: [UInt32] = []
    while instructions.count < count,
      let word = kernel.byteOrder.word(kernel.bytes, at: offset + 8 * instructions.count)
    {
      instructions.append(word)
    }
    let sorted = zip(instructions, instructions.dropFirst()).allSatisfy { $0 <= $1 }
    let inFlash = inROM(start) && instructions.count == count
    return LayoutCheck(
      name: name, passed: sorted && inFlash,
      read: "\(count) entries at \(start), \(sorted ? "sorted" : "not sorted")")
  }

  private var initTables: LayoutCheck {
    var names = ["__initcall_start", "__setup_start"]
    // Without CONFIG_BLK_DEV_INITRD the script has no __initramfs_start, and usr/initramfs_data.S with its size is not built.
    if kernel.symbol("__initramfs_size") != nil || kernel.symbol("__initramfs_start") != nil {
      names.append("__initramfs_start")
    }
    return symbolsInFlash("init-tables", names)
  }

  private var generatedCode: LayoutCheck {
    let name = "generated-code"
    guard let range = ramText else { return failed(name, "no __xip_ramtext_start and __xip_ramtext_end") }
    var holds = inCopiedRAM(range.lowerBound) && Int(range.upperBound.value) <= ramEnd
    var read = ["RAM code \(range.lowerBound) to \(range.upperBound)"]
    for code in Self.trampolines.map(\.code) + Self.handlers {
      let address = kernel.symbol(code)?.address
      holds = holds && address.map(range.contains) ?? false
      read.append("\(code) \(address.map { "\($0)" } ?? "missing")")
    }
    return LayoutCheck(name: name, passed: holds, read: read.joined(separator: ", "))
  }

  private var trampolinesInFlash: LayoutCheck {
    var holds = true
    var read: [String] = []
    for (name, code) in Self.trampolines {
      guard let start = kernel.symbol(name)?.address, let code = kernel.symbol(code)?.address else {
        holds = false
        read.append("\(name) or \(code) missing")
        continue
      }
      let target = trampolineTarget(at: start)
      holds = holds && inROM(start) && target == code
      read.append("\(name) \(start) to \(target.map { "\($0)" } ?? "no address")")
    }
    return LayoutCheck(name: "trampolines", passed: holds, read: read.joined(separator: ", "))
  }

  /// Returns where `lui t9, …; addiu t9, t9, …; jr t9` at `address` goes, or nil for other code.
  private func trampolineTarget(at address: Address) -> Address? {
    guard let section = kernel.section(containing: address), section.hasContent else { return nil }
    let offset = section.offset + address.distance(from: section.address)
    let words = [0, 4, 8].compactMap { kernel.byteOrder.word(kernel.bytes, at: offset + $0) }
    guard words.count == 3, words[0] >> 16 == 0x3c19, words[1] >> 16 == 0x2739 else { return nil }
    // `jr t9` and, with a link register of 0, `jalr`, by which release 6 spells it.
    guard words[2] & ~0x400 == 0x0320_0008 || words[2] & ~0x400 == 0x0320_0009 else { return nil }
    let low = Int32(Int16(truncatingIfNeeded: words[1]))
    return Address(words[0] << 16 &+ UInt32(bitPattern: low))
  }

  /// What is copied runs in another segment, where `j` would go to that segment's code.
  private var jumpsInCopiedCode: LayoutCheck {
    var jumps: [String] = []
    var looked: [String] = []
    for name in Self.copiedStubs {
      guard let stub = kernel.symbol(name), stub.size > 0 else { continue }
      looked.append(name)
      for jump in kernel.jumps(from: stub.address, to: Int(stub.address.value) + stub.size) {
        jumps.append("\(name) at \(jump.address) to \(jump.target)")
      }
    }
    if let range = ramText {
      looked.append("the RAM code")
      for jump in kernel.jumps(from: range.lowerBound, to: Int(range.upperBound.value))
      where !range.contains(jump.target) {
        jumps.append("the RAM code at \(jump.address) to \(jump.target)")
      }
    }
    // The twin's vectors are in its own segment: there a jump does no harm, and the check says nothing.
    let holds = jumps.isEmpty && looked.contains("the RAM code") && looked.count > 1
    return LayoutCheck(
      name: "jumps-in-copied-code", passed: holds,
      read: jumps.isEmpty ? "none in \(looked.joined(separator: ", "))" : jumps.joined(separator: "; "))
  }

  /// A `jal` from flash that lands outside of flash text was cut to 26 bits on the way to RAM.
  ///
  /// An undefined weak function is linked as address 0, and a call of it as one of the start of the caller's segment:
  /// such as v5.10's of `tx39_cache_init`, behind a test that is false. None of the kernel's own code can be meant by
  /// that where nothing is linked to the start of any segment; that it is not executed, the proof shows.
  private var jumpsInFlash: LayoutCheck {
    var count = 0
    var absent = 0
    var astray: [MIPSJump] = []
    let isStartTaken = kernel.sections.contains {
      $0.isAllocated && $0.size > 0 && ($0.address.value & 0x0fff_ffff == 0 || $0.crossesSegments)
    }
    let code = kernel.sections.filter { $0.isExecutable && $0.hasContent && inROM($0.address) }
    for section in code {
      for jump in kernel.jumps(from: section.address, to: section.end) {
        count += 1
        if jump.target.value & 0x0fff_ffff == 0, !isStartTaken {
          absent += 1
          continue
        }
        if !code.contains(where: { $0.contains(jump.target) }) { astray.append(jump) }
      }
    }
    let shown = astray.prefix(4).map { "\($0.address) to \($0.target)" }
    return LayoutCheck(
      name: "jumps-in-flash", passed: astray.isEmpty && count > 0,
      read: astray.isEmpty
        ? "\(count) jumps, all to flash text"
          + (absent > 0 ? " but \(absent) of undefined weak functions" : "")
        : "\(astray.count) of \(count) leave flash text: " + shown.joined(separator: "; "))
  }

  /// The code that is copied to RAM to be generated there, or nil when the kernel has none.
  private var ramText: Range<Address>? {
    guard let start = kernel.symbol("__xip_ramtext_start")?.address,
      let end = kernel.symbol("__xip_ramtext_end")?.address, start < end
    else { return nil }
    return start..<end
  }

  /// Whether the kernel runs or reads `address` in flash.
  private func inROM(_ address: Address) -> Bool {
    guard let rom, rom.virtualAddress == self.address.kseg0 else { return false }
    return (0...rom.memorySize).contains(address.distance(from: rom.virtualAddress))
  }

  /// Whether `address` is in the RAM that is filled from flash.
  private func inCopiedRAM(_ address: Address) -> Bool {
    guard let start = kernel.symbol("_sdata")?.address else { return false }
    return !inROM(address) && start <= address && Int(address.value) < ramEnd
  }

  /// The end of the RAM that is filled from flash.
  private var ramEnd: Int { kernel.symbol("_edata").map { Int($0.address.value) } ?? 0 }

  /// The end of the bytes in the image, as a load address.
  private var loadedEnd: Int {
    kernel.loadedSections.map { Int($0.address.value) + $0.section.size }.max() ?? 0
  }

  /// Returns the address that the byte at the symbol `name` is loaded at; for a mark, that of the byte before, plus 1.
  private func loadAddress(_ name: String) -> Address? {
    guard let symbol = kernel.symbol(name) else { return nil }
    for segment in kernel.segments where segment.isLoaded && segment.fileSize > 0 {
      let offset = symbol.address.distance(from: segment.virtualAddress)
      if (0...segment.fileSize).contains(offset) { return segment.loadAddress.advanced(by: offset) }
    }
    return nil
  }

  private func symbolsInFlash(_ check: String, _ names: [String]) -> LayoutCheck {
    var read: [String] = []
    var holds = true
    for name in names {
      let address = kernel.symbol(name)?.address
      holds = holds && address.map(inROM) ?? false
      read.append("\(name) \(address.map { "\($0)" } ?? "missing")")
    }
    return LayoutCheck(name: check, passed: holds, read: read.joined(separator: ", "))
  }

  private func failed(_ name: String, _ read: String) -> LayoutCheck {
    LayoutCheck(name: name, passed: false, read: read)
  }
}

extension ELFFile.Section {
  /// Whether the section goes on behind a 256 MiB boundary.
  fileprivate var crossesSegments: Bool { Int(address.value) >> 28 != (end - 1) >> 28 }
}
