import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct ELFFileTests {
  @Test(arguments: ByteOrder.allCases)
  func headersAndSymbolsAreThoseReadelfPrints(byteOrder: ByteOrder) async throws {
    let file = try await SmallKernel().built(byteOrder)
    let text = try await withTemporaryDirectory { directory in
      let path = directory.appending("a")
      try Files.write(file.bytes, to: path)
      let output = try await Command("readelf", ["-WhlSs", path.string], environment: ["LC_ALL": "C"])
        .output()
      return String(decoding: output, as: UTF8.self)
    }
    #expect(text.contains("Entry point address:               0x\(hexadecimal(file.entry.value))"))
    let rows = text.split(separator: "\n").map { $0.split(separator: " ") }

    let loads = rows.filter { $0.first == "LOAD" }
    let segments = file.segments.map { segment in
      [
        "0x" + hexadecimal(segment.offset, digits: 6), "\(segment.virtualAddress)", "\(segment.loadAddress)",
        "0x" + hexadecimal(segment.fileSize, digits: 5), "0x" + hexadecimal(segment.memorySize, digits: 5),
      ]
    }
    #expect(loads.map { $0[1...5].map(String.init) } == segments)

    let sections = rows.compactMap { row -> [Substring]? in
      guard let name = row.firstIndex(where: { $0.hasPrefix(".") || $0 == "__ex_table" }), name > 0, name < 3,
        row.count > name + 4, row[0].hasPrefix("[")
      else { return nil }
      return [row[name], row[name + 2], row[name + 3], row[name + 4]]
    }
    for section in sections {
      let mine = try #require(file.section(String(section[0])))
      #expect(hexadecimal(mine.address.value, digits: 8) == section[1])
      #expect(hexadecimal(mine.offset, digits: 6) == section[2])
      #expect(hexadecimal(mine.size, digits: 6) == section[3])
    }
    #expect(sections.count >= 6)

    let symbols = rows.filter { $0.count == 8 && $0[0].hasSuffix(":") && $0[0].first?.isNumber == true }
    #expect(symbols.count > 20)
    for row in symbols where row[3] != "SECTION" && row[6] != "UND" {
      let mine = try #require(file.symbol(String(row[7])), "\(row[7])")
      #expect(hexadecimal(mine.address.value, digits: 8) == row[1])
      #expect("\(mine.size)" == row[2])
      #expect(mine.isFunction == (row[3] == "FUNC"))
    }
  }

  @Test func theImageIsWhatObjcopyMakes() async throws {
    let kernel = try await SmallKernel(afterROM: ". += 5; __data_loc = ALIGN(16);").built()
    let plain = try await withTemporaryDirectory { directory in
      let (elf, binary) = (directory.appending("a"), directory.appending("a.bin"))
      try Files.write(kernel.bytes, to: elf)
      _ = try await Command("mipsel-linux-gnu-objcopy", ["-O", "binary", elf.string, binary.string]).output()
      return try Files.read(binary)
    }
    let image = try FlashImage(kernel: kernel, shim: BootShim(code: []))
    #expect(Array(image.bytes.dropFirst(0x1000)) == plain)
  }

  @Test(arguments: 0..<12)
  func noDamageTrapsTheReader(seed: UInt64) async throws {
    var generator = SplitMix64(state: seed)
    let original = try await SmallFile.shared.bytes
    for _ in 0..<40 {
      var bytes = original
      for _ in 0...Int.random(in: 0..<4, using: &generator) {
        // Most of the meaning is in the headers, at the two ends of the file.
        let last = bytes.count - 1
        let index =
          Bool.random(using: &generator)
          ? Int.random(in: 0...min(120, last), using: &generator)
          : Int.random(in: 0...last, using: &generator)
        bytes[index] =
          [0, 0xff, 0x7f, 0x80, UInt8.random(in: 0...255, using: &generator)]
          .randomElement(using: &generator) ?? 0
      }
      if Bool.random(using: &generator) {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      guard let file = try? ELFFile(bytes) else { continue }
      _ = Layout(file, at: Address(0x1e00_1000)).checks
      if let shim = try? BootShim(code: []) { _ = try? FlashImage(kernel: file, shim: shim) }
    }
  }
}

/// One ELF file, built once for all damage.
private actor SmallFile {
  static let shared = SmallFile()
  private var built: [UInt8]?

  var bytes: [UInt8] {
    get async throws {
      if let built { return built }
      let bytes = try await SmallKernel().built().bytes
      built = bytes
      return bytes
    }
  }
}

@Test func bytesOfAnotherKindAreRefused() {
  #expect(throws: ELFError.notELF) { try ELFFile([]) }
  #expect(throws: ELFError.notELF) { try ELFFile(Array("#!/bin/sh\n".utf8)) }
  #expect(throws: ELFError.otherMachine("class 2")) { try ELFFile([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) }
  #expect(throws: ELFError.truncated("the ELF header")) { try ELFFile([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]) }
}

/// A small generator of numbers that are the same for the same seed.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
