import Host
import Testing

@testable import XIPKernel

@Test func theLogOfTranslatedCodeGivesEachAddressOnce() {
  let log = QEMULog(
    Array(
      """
      pflash_reset mips_malta.bios: reset
      ----------------
      IN: start_kernel
      0x9e001404:  sw\tra,16(sp)
      0x9e001400:  addiu\tsp,sp,-24

      IN:
      0x9e001400:  addiu\tsp,sp,-24
      0x9e00140

      """.utf8))
  #expect(log.instructions == [Address(0x9e00_1400), Address(0x9e00_1404)])
  #expect(log.flashStores == [])
  #expect(log.flashNotWritten.passed)
}

@Test(arguments: [
  "pflash_io_write mips_malta.bios: offset:0x0040 size:4 value:0x40404040 wcycle:0",
  "8101@1795236621.5:pflash_sector_erase_start mips_malta.bios: start sector erase",
])
func aStoreToTheFlashIsSeen(line: String) throws {
  let log = QEMULog(Array("pflash_reset mips_malta.bios: reset\n\(line)\npflash_io_read x\n".utf8))
  #expect(log.flashStores.count == 1)
  #expect(!log.flashNotWritten.passed)
  #expect(log.flashNotWritten.read.contains(log.flashStores[0]))
}

@Test func oneChangedByteOfTheFlashIsFound() {
  let image = FlashImage([1, 2, 3, 4], .little)
  #expect(image.unchanged(in: [1, 2, 3, 4, 0xff]).passed)
  #expect(image.unchanged(in: [1, 2, 9, 4]).read == "1 bytes differ, the first at 0x2")
  #expect(!image.unchanged(in: [1, 2, 9, 4]).passed)
  #expect(!image.unchanged(in: [1, 2, 3]).passed)
}

@Test func theMemoryLineHasTheTextsSizeRoundedDown() throws {
  let line = try #require(MemoryLine("Memory: 9000K/10000K available (2K kernel code, 1000K reserved)"))
  let start = Address(0x9e00_1400)
  #expect(line.codeIsText(from: start, to: start.advanced(by: 3071)).passed)
  #expect(!line.codeIsText(from: start, to: start.advanced(by: 3072)).passed)
  #expect(!line.codeIsText(from: start, to: start.advanced(by: -3071)).passed)
  #expect(!line.codeIsText(from: start, to: nil).passed)
}

@Test(arguments: [([7, 7, 7], true), ([7, 7, 8], false), ([7, 7], false), ([0, 0, 0], false)])
func threeEqualCountsAreDeterministic(counts: [Int], passed: Bool) {
  #expect(InstructionCounts(counts: counts).deterministic.passed == passed)
}

@Test func aControlWithOtherPagesIsNotTheSameRun() {
  let image = FlashImage(Array(repeating: 0, count: 0x1010), .little)
  let memories = [ProofBoot.first, .smaller].map { image.with(memory: $0.memoryKiB * 1024).bytes }
  #expect(memories[0] != memories[1])
}

@Test func theXIPKernelHasToNeedTwoMebibytesLess() {
  let proof = Proof(
    "p", Finding(passed: true, read: "r"), control: Finding(passed: false, read: "c"), of: "the twin")
  func failure(_ twinKiB: Int) -> XIPKernelError? {
    let memory = SmallestMemory(xipKiB: 2816, twinKiB: twinKiB)
    do throws(XIPKernelError) {
      try ProofFindings(proofs: [proof], instructions: 1, smallestMemory: memory).check()
      return nil
    } catch {
      return error
    }
  }
  #expect(failure(2816 + 2048) == nil)
  #expect(failure(2816 + 1792)?.blame == .version)
  #expect(
    failure(2816 + 1792)?.description
      == "memory: the XIP kernel starts its first process with 2816 KiB, its twin with 4608 KiB: "
      + "1792 KiB less, and 2048 are wanted")
}

@Test func aKernelThatIsWrongOnPurposeIsAControlOfItsProof() throws {
  func findings(passed: Bool) -> ProofFindings {
    let proof = Proof(
      "memory-line", Finding(passed: true, read: "r"), control: Finding(passed: false, read: "c"), of: "c")
    var findings = ProofFindings(
      proofs: [proof], instructions: 1, smallestMemory: SmallestMemory(xipKiB: 0, twinKiB: 4096))
    findings.add(Proof.Control(what: "a broken kernel", passed: passed, read: "b"), of: .headText)
    return findings
  }
  #expect(findings(passed: false).proofs[0].controls.map(\.what) == ["c", "a broken kernel"])
  try findings(passed: false).check()
  let error = #expect(throws: XIPKernelError.self) { try findings(passed: true).check() }
  #expect(error?.description == "proof: memory-line proves nothing, for a broken kernel passes it: b")
}

@Test(arguments: [(11, 1), (11, 5), (11, 11), (11, 12), (11, 30), (11, 64), (1, 7), (64, 3), (65, 20)])
func theLeastRAMIsFoundFromAnyGuess(least: Int, guess: Int) async throws {
  var tried: [Int] = []
  let found = await SmallestMemory.search(from: guess, upTo: 64) { steps in
    tried.append(steps)
    return steps >= least
  }
  #expect(found == (least > 64 ? nil : least))
  #expect(Set(tried).count == tried.count)
  #expect(tried.count <= 2 * 7)
  if guess == least { #expect(tried.count <= 2) }
}

@Test func aProofKeepsWhatItsControlRead() {
  let proof = Proof(
    "p", Finding(passed: true, read: "none"), control: Finding(passed: true, read: "none"), of: "the twin")
  #expect(
    XIPKernelError.controlPasses([proof]).description
      == "proof: p proves nothing, for the twin passes it: none")
}

@Test func theStoringImageEntersItsCodeAndGoesOnToTheKernel() throws {
  var bytes = [UInt8](repeating: 0xff, count: 0x2000)
  bytes.replaceSubrange(0x14..<0x18, with: [0x00, 0x14, 0x00, 0x9e])
  let storing = try #require(FlashImage(bytes, .little).storingToFlash)
  let order = ByteOrder.little
  #expect(order.word(storing.bytes, at: 0x14) == 0xbfc0_0f00)
  #expect(order.word(storing.bytes, at: 0xf1c) == 0x3c19_9e00)
  #expect(order.word(storing.bytes, at: 0xf20) == 0x3739_1400)
  bytes[0xf04] = 0
  #expect(FlashImage(bytes, .little).storingToFlash == nil)
}

@Test func anImageTakesOtherMemoryAndOtherCode() throws {
  let image = FlashImage(Array(repeating: 0, count: 0x1010), .big)
  #expect(Array(image.with(memory: 0x200_0000).bytes[0x18..<0x1c]) == [2, 0, 0, 0])
  let changed = try #require(image.with([1, 2, 3, 4], at: Address(0x9e00_100c)))
  #expect(Array(changed.bytes[0x100c...]) == [1, 2, 3, 4])
  #expect(image.with([1, 2, 3, 4], at: Address(0x9e00_1010)) == nil)
  #expect(image.with([1], at: Address(0x8010_0000)) == nil)
}

/// A kernel of 64 different instructions and some constants, and the RAM that it leaves.
@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct ProofOfRunTests {
  private let kernel: ELFFile
  private var ram = [UInt8](repeating: 0, count: 0x8000)

  init() async throws {
    let text = (0..<64).map { ".word \(0x2402_0000 + $0 * 3)" }.joined(separator: "\n")
    let data = (0..<400).map { ".word \($0 * 77 + 1)" }.joined(separator: "\n")
    let assembly = """
      .set noreorder
      .section .text, "ax"
      \(text)
      .section .rodata, "a"
      .type small, @object
      small: \((0..<24).map { ".word \($0 * 55 + 5)" }.joined(separator: "\n"))
      .size small, 96
      .type large, @object
      large: \(data)
      .size large, 1600
      .asciz "a message that the kernel prints and that its log has, longer than sixty-four bytes"
      .word 1, 2, 3
      .word 0, 0, 0
      .type padded, @object
      padded: \((0..<24).map { ".word \($0 * 33 + 7)" }.joined(separator: "\n"))
      .size padded, 96
      .word 9
      .section .data, "aw"
      .globl ebase
      ebase: .word 0x80002000
      """
    let script = """
      SECTIONS {
        . = 0x9e001000; _text = .; .text : { *(.text) } .rodata : { *(.rodata) } _exiprom = .;
        . = 0x80004000; .data : { *(.data) }
        . = 0x80004100; __xip_ramtext_start = .; . += 0x40; __xip_ramtext_end = .;
        /DISCARD/ : { *(*) }
      }
      """
    kernel = try ELFFile(try await linked(assembly, script: script))
    put([0x00, 0x20, 0x00, 0x80], at: 0x4000)
  }

  private mutating func put(_ bytes: some Collection<UInt8>, at place: Int) {
    ram.replaceSubrange(place..<place + bytes.count, with: bytes)
  }

  private func content(_ section: String, _ range: Range<Int>) throws -> ArraySlice<UInt8> {
    let section = try #require(kernel.section(section))
    return kernel.bytes[section.offset + range.lowerBound..<section.offset + range.upperBound]
  }

  private func log(_ addresses: [UInt32]) -> QEMULog {
    QEMULog(Array(addresses.map { "\(Address($0)):  nop\n" }.joined().utf8))
  }

  @Test func codeMayBeFetchedFromFlashAndFromTheNamedPlaces() {
    let places = CodePlaces(kernel, ram: ram)
    let allowed: [UInt32] = [0x9e00_1000, 0x8000_4104, 0x8000_2180, 0xbfc0_0500, 0x0040_0000]
    #expect(places.finding(log(allowed)).passed)
    #expect(!places.finding(log([0x8000_4104])).passed)
    for astray: UInt32 in [0x8010_0000, 0x8000_4144, 0x8000_3000, 0x9e3f_0000, 0xbfc0_1000] {
      let finding = places.finding(log(allowed + [astray]))
      #expect(!finding.passed)
      #expect(finding.read.hasSuffix("1 elsewhere, from \(Address(astray)) to \(Address(astray))"))
    }
  }

  @Test func sixtyFourBytesOfCodeInRAMAreFoundAtAnyWord() throws {
    #expect(CopiedText(of: kernel, in: ram).finding.passed)
    var copied = self
    copied.put(try content(".text", 4..<68), at: 0x5004)
    let found = CopiedText(of: kernel, in: copied.ram)
    let copy = CopiedText.Copy(place: Address(0x5004), origin: Address(0x9e00_1004), size: 64)
    #expect(found.copies == [copy])
    #expect(!found.finding.passed)
    copied.ram[0x5004 + 63] ^= 1
    #expect(CopiedText(of: kernel, in: copied.ram).copies == [])
  }

  @Test func aLongCopyIsOneRunAndEndsWithTheRAM() throws {
    var copied = self
    copied.put(try content(".text", 0..<256), at: 0x8000 - 256)
    #expect(
      CopiedText(of: kernel, in: copied.ram).copies
        == [.init(place: Address(0x7f00), origin: Address(0x9e00_1000), size: 256)])
  }

  @Test(arguments: [0x180, 0x2100])
  func codeInTheVectorPagesIsAllowed(place: Int) throws {
    var copied = self
    copied.put(try content(".text", 0..<128), at: place)
    let finding = CopiedText(of: kernel, in: copied.ram).finding
    #expect(finding.passed)
    #expect(finding.read.hasPrefix("128 bytes in the vectors"))
  }

  @Test func anObjectMayBeCopiedByValueButNotTwoAndNotALargeOne() throws {
    var copied = self
    copied.put(try content(".rodata", 0..<96), at: 0x5000)
    #expect(CopiedText(of: kernel, in: copied.ram).finding.passed)
    copied.put(try content(".rodata", 32..<128), at: 0x6000)
    #expect(!CopiedText(of: kernel, in: copied.ram).finding.passed)
    var large = self
    large.put(try content(".rodata", 96..<96 + 1500), at: 0x5000)
    #expect(!CopiedText(of: kernel, in: large.ram).finding.passed)
  }

  @Test func zerosBesideACopiedObjectDoNotCount() throws {
    var copied = self
    // `padded` stands behind zeros in the kernel, and its copy behind zeros in RAM.
    let start = try #require(kernel.symbol("padded")).address.distance(
      from: try #require(kernel.section(".rodata")).address)
    copied.put(try content(".rodata", start..<start + 96), at: 0x6000)
    #expect(CopiedText(of: kernel, in: copied.ram).copies.map(\.size) == [108])
    #expect(CopiedText(of: kernel, in: copied.ram).finding.passed)
    copied.put(try content(".rodata", start..<start + 100), at: 0x6000)
    #expect(!CopiedText(of: kernel, in: copied.ram).finding.passed)
  }

  @Test func aTextMayBeInRAMButNotWithWhatFollowsIt() throws {
    var copied = self
    copied.put(try content(".rodata", 1696..<1776), at: 0x5000)
    #expect(
      CopiedText(of: kernel, in: copied.ram).finding.read
        == "0 bytes in the vectors, 1 single constants (80 bytes)")
    copied.put(try content(".rodata", 1696..<1788), at: 0x6000)
    #expect(!CopiedText(of: kernel, in: copied.ram).finding.passed)
  }

  @Test func wordsThatAreAlikeAreNoCopy() throws {
    var alike = self
    let words = (0..<32).flatMap { ByteOrder.little.bytes(of: UInt32($0 % 4)) }
    alike.put(words, at: 0x5000)
    #expect(CopiedText(of: kernel, in: alike.ram).copies == [])
  }
}
