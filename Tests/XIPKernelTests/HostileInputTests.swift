import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

/// ELF files made byte by byte, as the fuzzer's seeds are; no compiler is needed for them.
@Suite(.enabled(if: Command("python3").resolved() != nil, "python3 is not installed"))
struct HostileELFTests {
  private func seed(_ name: String = "little") async throws -> [UInt8] {
    try await withTemporaryDirectory { directory in
      let script = Tool.project.appending("Fuzz/elf-seeds.py")
      _ = try await Command("python3", [script.string, directory.string]).output()
      return try Files.read(directory.appending(name))
    }
  }

  @Test(arguments: ["little", "big"])
  func aFileThatIsCutAnywhereIsRefused(name: String) async throws {
    let whole = try await seed(name)
    #expect(try ELFFile(whole).symbol("_stext") != nil)
    for count in 0..<whole.count {
      #expect(throws: ELFError.self, "\(count) bytes") { try ELFFile(Array(whole.prefix(count))) }
    }
  }

  @Test func countsAndSizesThatLieAreRefusedOrHarmless() async throws {
    let whole = try await seed()
    #expect(throws: ELFError.truncated("the section header table")) {
      try ELFFile(changed(whole, at: 48, to: [0xff, 0xff]))
    }
    #expect(throws: ELFError.truncated("the program header table")) {
      try ELFFile(changed(whole, at: 44, to: [0xff, 0xff]))
    }
    #expect(throws: ELFError.malformed("the section header table has entries of 0 bytes")) {
      try ELFFile(changed(whole, at: 46, to: [0, 0]))
    }
    #expect(throws: ELFError.self) { try ELFFile(changed(whole, at: 32, to: [0xff, 0xff, 0xff, 0xff])) }
    // The first segment's size in the file, and its offset.
    #expect(throws: ELFError.self) { try ELFFile(changed(whole, at: 52 + 16, to: [0xff, 0xff, 0xff, 0xff])) }
    #expect(throws: ELFError.self) { try ELFFile(changed(whole, at: 52 + 4, to: [0xff, 0xff, 0xff, 0x7f])) }
  }

  @Test func segmentsThatOverlapFailTheLayout() async throws {
    var bytes = try await seed()
    // The second segment is loaded where the first one is.
    bytes = changed(bytes, at: 52 + 32 + 12, to: Array(bytes[52 + 12..<52 + 16]))
    let file = try ELFFile(bytes)
    #expect(Layout(file, at: Address(0x1e00_1000)).checks.contains { !$0.passed })
    if let image = try? FlashImage(kernel: file, shim: BootShim(code: [])) {
      #expect(image.bytes.count <= FlashImage.capacity)
    }
  }

  /// Found by the fuzzer: the table was read entry by entry to the end of the address space.
  @Test func aTableThatEndsFarBehindTheFileIsReadAsFarAsThereIsAny() async throws {
    let bytes = try await seed()
    let file = try ELFFile(bytes)
    let table = try #require(file.section(".symtab"))
    let number = try #require(file.symbols.firstIndex { $0.name == "__stop___ex_table" })
    let far = changed(bytes, at: table.offset + 16 * number + 4, to: [0xf8, 0xff, 0xff, 0xff])
    let checks = Layout(try ELFFile(far), at: Address(0x1e00_1000)).checks
    #expect(checks.first { $0.name == "exception-table" }?.passed == false)
  }

  /// Found by the fuzzer: of two sections at an address the other one was taken, which has nothing in the file.
  @Test func waitsAreTakenOutWhereTheyAreInTheFile() async throws {
    var bytes = try await seed()
    let file = try ELFFile(bytes)
    let text = try #require(file.section(".text"))
    let unfilled = try #require(file.sections.firstIndex { $0.name == ".bss" })
    bytes = changed(bytes, at: text.offset, to: [0x20, 0, 0, 0x42])
    let header = Int(word(bytes, 32)) + 40 * unfilled
    // It begins at address 0, has 4 GiB, and comes before the text.
    bytes = changed(bytes, at: header + 12, to: little(0))
    bytes = changed(bytes, at: header + 20, to: [0xff, 0xff, 0xff, 0xff])
    let first = Array(bytes[header - 40 * unfilled + 40..<header - 40 * unfilled + 80])
    let second = Array(bytes[header..<header + 40])
    bytes = changed(bytes, at: header - 40 * unfilled + 40, to: second)
    bytes = changed(bytes, at: header, to: first)
    let hostile = try ELFFile(bytes)
    #expect(hostile.waits == [text.address])
    #expect(Array(hostile.bytesWithoutWaits[text.offset..<text.offset + 4]) == [0, 0, 0, 0])
    #expect(hostile.bytesWithoutWaits.count == bytes.count)
  }

  @Test func aSegmentThatIsLoadedFarAwayMakesNoImage() async throws {
    let bytes = changed(try await seed(), at: 52 + 32 + 12, to: [0, 0, 0, 0xff])
    let file = try ELFFile(bytes)
    #expect(throws: XIPKernelError.self) { try FlashImage(kernel: file, shim: BootShim(code: [])) }
  }

  @Test func oneLongNameIsNotTakenByEverySymbol() async throws {
    var bytes = try await seed()
    // The table of names becomes one name of 8 KiB at the end of the file, which ends nowhere before.
    let file = try ELFFile(bytes)
    let index = try #require(file.sections.firstIndex { $0.name == ".strtab" })
    let header = Int(word(bytes, 32)) + 40 * index
    let start = bytes.count
    bytes += [UInt8](repeating: UInt8(ascii: "n"), count: 8192) + [0]
    bytes = changed(bytes, at: header + 16, to: little(start) + little(8193))
    #expect(throws: ELFError.self) { try ELFFile(bytes) }
  }

  private func changed(_ bytes: [UInt8], at offset: Int, to new: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
    return bytes
  }

  private func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    ByteOrder.little.word(bytes, at: offset) ?? 0
  }

  private func little(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(number).littleEndian) { Array($0) }
  }
}

@Suite struct HostilePeerTests {
  @Test(arguments: [
    "", "HTTP/1.1 200 OK", "[]", "7", "null", "\"QMP\"", "{}", "{\"event\": 7}", "{\"event\": null}", "\0\0",
    String(repeating: "[", count: 100_000), "{\"unknown\": {\"QMP\": 1}}",
  ])
  func whatIsNoneOfTheProtocolIsNoMessage(line: String) {
    #expect(QMPMessage(Array(line.utf8)[...]) == nil)
  }

  @Test func aMessageOfTheWrongTypesIsTheLeastThatItSays() {
    func message(_ text: String) -> QMPMessage? { QMPMessage(Array(text.utf8)[...]) }
    #expect(message(#"{"return": {"icount": "7"}}"#) == .returned)
    #expect(message(#"{"event": "SHUTDOWN", "data": []}"#) == .shutdown(reason: "unknown"))
    #expect(message(#"{"error": 7, "return": {}}"#) == .returned)
  }

  @Test func aLineThatNeverEndsTakesNoMoreThanItsLimit() {
    var lines = Lines()
    var console = Console()
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
    var sizes: [Int] = []
    for _ in 0..<40 {
      lines.add(piece.span.bytes) { sizes.append($0.count) }
      console.add(piece.span.bytes)
    }
    lines.add(Array("\nnext\n".utf8).span.bytes) { sizes.append($0.count) }
    console.add(Array("\nLinux version 6\n".utf8).span.bytes)
    #expect(sizes == [Lines.limit, 4])
    #expect(console.markers == [.banner])
    #expect(console.lastLine == "Linux version 6")
  }

  @Test func aProcessLineThatIsCutForeverTakesNoMemory() {
    var console = Console()
    let kernel = Array("x[    0.100000] y\n".utf8)
    for _ in 0..<20_000 { console.add(kernel.span.bytes) }
    console.add(Array("\n[    0.200000] Kernel panic - not syncing: z\n".utf8).span.bytes)
    #expect(console.panic == "Kernel panic - not syncing: z")
  }
}
