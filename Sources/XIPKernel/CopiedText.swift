/// The places of a kernel's code and constants in the RAM that it left.
///
/// RAM is looked through at every word for any 64 bytes that stand, at any word, in the kernel's code in flash or
/// in its `.rodata`.
struct CopiedText {
  /// A piece of flash and where RAM has the same.
  struct Copy: Hashable {
    /// The physical address in RAM.
    let place: Address
    /// The address it has in the kernel.
    let origin: Address
    /// How many bytes agree.
    var size: Int
  }

  /// How many words have to agree.
  static let window = 16

  /// How many different words these must have.
  ///
  /// Zeros, counters and bit tables are alike in many places without one being a copy of the other; in code and in
  /// text, sixteen words in a row with fewer than eight different ones are rare.
  static let differentWords = 8

  /// The sections that XIP leaves in flash and that a kernel loaded to RAM has there.
  static let sections = [".text", ".init.text", ".exit.text", ".rodata"]

  /// The longest copy of a constant object that is allowed, in bytes.
  static let largestObject = 1024

  /// What was found, in the order of RAM.
  let copies: [Copy]
  private let kernel: ELFFile
  private let ram: [UInt8]

  /// Looks for the code and constants of `kernel` in `ram`, the RAM from physical address 0 on.
  init(of kernel: ELFFile, in ram: [UInt8]) {
    self.kernel = kernel
    self.ram = ram
    // By name, for code that patches itself and sections of both kinds leave no flags to go by.
    let sections = kernel.sections.filter { Self.sections.contains($0.name) && $0.hasContent }
    var index = WindowIndex(capacity: sections.reduce(0) { $0 + $1.size / 4 })
    for section in sections {
      let content = kernel.bytes[section.offset..<section.offset + section.size]
      index.add(content, at: section.address)
    }
    copies = index.matches(in: ram)
  }

  /// Whether RAM has no copy of code, and of constants no more than single objects and texts.
  ///
  /// Allowed are: what stands in the two pages of exception vectors, where the processor wants code; one object of
  /// `.rodata`, which C may copy by value; one text, which the log has.
  var finding: Finding {
    let pages = [
      Address(0)..<Address(0x1000),
      CodePlaces.vectorPage(kernel, ram: ram).map { $0.lowerBound.physical..<$0.upperBound.physical },
    ].compactMap { $0 }
    var allowed: [Copy] = []
    var vectors = 0
    var wrong: [Copy] = []
    for copy in copies {
      if pages.contains(where: {
        $0.overlaps(copy.place..<(copy.place.advanced(by: copy.size) ?? copy.place))
      }) {
        vectors += copy.size
      } else if isObject(copy) || isText(copy) {
        allowed.append(copy)
      } else {
        wrong.append(copy)
      }
    }
    let constants = allowed.reduce(0) { $0 + $1.size }
    var read = "\(vectors) bytes in the vectors, \(allowed.count) single constants (\(constants) bytes)"
    if let worst = wrong.max(by: { $0.size < $1.size }) {
      let total = wrong.reduce(0) { $0 + $1.size }
      read +=
        "; \(wrong.count) other copies, \(total) bytes, the longest \(worst.size) bytes of \(worst.origin) "
        + "at physical \(worst.place)"
    }
    return Finding(passed: wrong.isEmpty, read: read)
  }

  /// Whether the copy is of data and within one object that is small enough to be copied by value.
  ///
  /// Zeros before and behind it do not count: what lies beside the object may be zero in both places.
  private func isObject(_ copy: Copy) -> Bool {
    let start = Int(copy.place.value)
    let content = ram[start..<start + copy.size]
    guard isData(copy), let first = content.firstIndex(where: { $0 != 0 }),
      let last = content.lastIndex(where: { $0 != 0 }), last - first < Self.largestObject
    else { return false }
    return kernel.symbols.contains { symbol in
      let offset = copy.origin.distance(from: symbol.address)
      return !symbol.isFunction && offset + first - start >= 0 && offset + last - start < symbol.size
    }
  }

  /// Whether the copy is of data and part of one string.
  private func isText(_ copy: Copy) -> Bool {
    let start = Int(copy.place.value)
    return isData(copy) && !ram[start..<start + copy.size].contains(0)
  }

  private func isData(_ copy: Copy) -> Bool {
    kernel.section(containing: copy.origin).map { !$0.isExecutable } ?? false
  }
}

/// Every window of some bytes, for finding it elsewhere.
private struct WindowIndex {
  /// The hash of a window is Σ wordᵢ·factorⁿ⁻¹⁻ⁱ modulo 2³², which moves on by a word in two multiplications.
  private static let factor: UInt32 = 0x01000193
  private static let leaving: UInt32 = (0..<CopiedText.window).reduce(1) { product, _ in product &* factor }

  private struct Entry {
    var address: UInt32
    var words: Int
  }

  /// Open addressing: the number of an entry plus 1, or 0.
  private var slots: [UInt32]
  private var entries: [Entry] = []
  private var words: [UInt32] = []
  private let mask: Int

  init(capacity: Int) {
    var size = 1024
    while size < capacity * 4 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    mask = size - 1
    words.reserveCapacity(capacity)
    entries.reserveCapacity(capacity)
  }

  mutating func add(_ content: ArraySlice<UInt8>, at address: Address) {
    let base = words.count
    let start = -Int(address.value) & 3
    let fresh = content.withUnsafeBytes { Self.words($0, from: start) }
    words += fresh
    Self.eachWindow(fresh) { number, hash in
      guard Self.isTelling(fresh, number) else { return }
      var slot = Self.slot(hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      entries.append(
        Entry(address: address.value + UInt32(start + 4 * number), words: base + number))
      slots[slot] = UInt32(entries.count)
    }
  }

  /// Returns the longest runs of `ram` that agree with what was added.
  func matches(in ram: [UInt8]) -> [CopiedText.Copy] {
    let there = ram.withUnsafeBytes { Self.words($0, from: 0) }
    var copies: [CopiedText.Copy] = []
    slots.withUnsafeBufferPointer { slots in
      Self.eachWindow(there) { number, hash in
        var slot = Self.slot(hash) & mask
        guard slots[slot] != 0 else { return }
        // What the previous window belonged to goes on if it can: the kernel has some code more than once.
        let previous = copies.last.flatMap { copy in
          Int(copy.place.value) + copy.size == 4 * (number + CopiedText.window - 1) ? copy : nil
        }
        let expected = previous.map { $0.origin.value + UInt32($0.size - 4 * (CopiedText.window - 1)) }
        var found: Entry?
        while slots[slot] != 0 {
          let entry = entries[Int(slots[slot]) - 1]
          if (found == nil || entry.address == expected), agrees(entry, there, number) { found = entry }
          if found?.address == expected, expected != nil { break }
          slot = (slot + 1) & mask
        }
        guard let found else { return }
        if found.address == expected {
          copies[copies.count - 1].size += 4
        } else {
          copies.append(
            .init(
              place: Address(UInt32(4 * number)), origin: Address(found.address),
              size: 4 * CopiedText.window))
        }
      }
    }
    return copies
  }

  private func agrees(_ entry: Entry, _ there: [UInt32], _ number: Int) -> Bool {
    for index in 0..<CopiedText.window where words[entry.words + index] != there[number + index] {
      return false
    }
    return true
  }

  /// Whether a window has enough different words for its like to be a copy.
  private static func isTelling(_ words: [UInt32], _ start: Int) -> Bool {
    var different = 1
    for index in start + 1..<start + CopiedText.window {
      var isNew = true
      var before = start
      while isNew, before < index {
        isNew = words[before] != words[index]
        before += 1
      }
      if isNew { different += 1 }
      if different >= CopiedText.differentWords { return true }
    }
    return false
  }

  private static func slot(_ hash: UInt32) -> Int { Int((hash &* 0x9e37_79b1) >> 4) }

  /// Returns the bytes from `start` on as words in this machine's order, which is the same for all it compares.
  private static func words(_ bytes: UnsafeRawBufferPointer, from start: Int) -> [UInt32] {
    let count = max(0, (bytes.count - start) / 4)
    return [UInt32](unsafeUninitializedCapacity: count) { words, initialized in
      for number in 0..<count {
        words[number] = bytes.loadUnaligned(fromByteOffset: start + 4 * number, as: UInt32.self)
      }
      initialized = count
    }
  }

  /// Calls `body` with the number and the hash of each window; none for sixteen words of the same value.
  private static func eachWindow(_ words: [UInt32], _ body: (Int, UInt32) -> Void) {
    let size = CopiedText.window
    guard words.count >= size else { return }
    words.withUnsafeBufferPointer { words in
      var hash: UInt32 = 0
      var same = 0
      for end in 0..<words.count {
        hash = hash &* factor &+ words[end]
        if end >= size { hash = hash &- words[end - size] &* leaving }
        same = end > 0 && words[end] == words[end - 1] ? same + 1 : 1
        if end >= size - 1, same < size { body(end - size + 1, hash) }
      }
    }
  }
}
