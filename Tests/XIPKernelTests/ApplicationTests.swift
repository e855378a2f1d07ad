import Testing

@testable import XIPKernel

@Suite struct ApplicationTests {
  private let region = Address(0x1e38_0000)..<Address(0x1e40_0000)

  private func log(_ pages: [(UInt32, UInt32)], code: [UInt32]) -> QEMULog {
    let fetched = code.map { "0x\(hexadecimal($0, digits: 8)):  nop\n" }.joined()
    let found = pages.map {
      "mips_cpu_tlb_fill address=\(hexadecimal($0.0)) physical \(hexadecimal($0.1, digits: 16)) prot 5\n"
    }
    return QEMULog(
      Array(
        ("----------------\nIN: \n" + fetched + found.joined() + "mips_cpu_tlb_fill address=401000 ret -2\n")
          .utf8))
  }

  @Test func codeFromFlashPasses() {
    let log = log(
      [(0x40_1024, 0x1e38_2024), (0x40_2000, 0x1e38_3000)], code: [0x40_1024, 0x40_2000, 0x9e00_1000])
    #expect(log.userPages.count == 2)
    let finding = log.userCode(from: region)
    #expect(finding.passed, "\(finding.read)")
    #expect(finding.read.contains("2 instructions on 2 pages") && finding.read.contains("0x1e382000"))
  }

  @Test func onePageInRAMFails() {
    let finding = log([(0x40_1024, 0x1e38_2024), (0x40_2000, 0x0100_a000)], code: [0x40_1024, 0x40_2000])
      .userCode(from: region)
    #expect(!finding.passed)
    #expect(finding.read.contains("0x00402000 at physical 0x0100a000"))
  }

  /// The kernel's own part of the flash is not where the file system is.
  @Test func theKernelsFlashIsNotTheFileSystem() {
    #expect(!log([(0x40_1000, 0x1e00_2000)], code: [0x40_1000]).userCode(from: region).passed)
  }

  @Test func codeThatNobodyFoundOrOutsideOfTheTextFails() {
    #expect(!log([(0x40_1000, 0x1e38_2000)], code: [0x40_1000, 0x40_3000]).userCode(from: region).passed)
    #expect(!log([(0x40_1000, 0x1e38_2000)], code: [0x40_1000, 0x7fff_0000]).userCode(from: region).passed)
    #expect(!log([], code: []).userCode(from: region).passed)
  }

  /// Data of a program lies above its code, and in RAM.
  @Test func dataInRAMIsNoCode() {
    let finding = log([(0x40_1000, 0x1e38_2000), (0x80_0000, 0x0100_a000)], code: [0x40_1000])
      .userCode(from: region)
    #expect(finding.passed, "\(finding.read)")
  }

  private func console(_ offset: String) -> ApplicationConsole {
    ApplicationConsole(
      Array(
        """
        [    0.326735] Run /init as init process\r
        xip-apps: map 00400000-00401000 r--p \(offset)1000 1f:00 164        /init\r
        xip-apps: map 00401000-00403000 r-xp \(offset)2000 1f:00 164        /init\r
        xip-apps: map 00800000-00801000 rw-p 00000000 00:00 0 \r
        xip-apps: thousand 24000\r
        xip-apps: cached 284\r
        xip-apps: start 1 ticks 7200000 status 59904\r
        xip-apps: start 2 ticks 4800000 status 59904\r

        """.utf8))
  }

  @Test func thePhysicalAddressInTheMapsTells() {
    #expect(console("1e38").mapped(from: region).passed)
    #expect(!console("0000").mapped(from: region).passed)
    #expect(!ApplicationConsole([]).mapped(from: region).passed)
  }

  @Test func ticksBecomeInstructions() {
    let starts = console("1e38").instructions
    #expect(starts == .init(first: 300_000, second: 200_000))
    #expect(console("1e38").cachedKiB == 284)
    #expect(ApplicationConsole(Array("xip-apps: start 1 ticks 5 status 0\n".utf8)).instructions == nil)
  }

  @Test func anImageTakesAFileSystemBehindItsKernel() throws {
    let image = FlashImage(Array(repeating: 1, count: 0x38_0000 - 4), .little)
    let whole = try image.with([7, 8], in: region)
    #expect(whole.bytes.count == 0x38_0002)
    #expect(whole.bytes[(0x38_0000 - 5)...] == [1, 0xff, 0xff, 0xff, 0xff, 7, 8])
    #expect(throws: XIPKernelError.self) {
      try FlashImage(Array(repeating: 1, count: 0x38_0001), .little).with([7], in: region)
    }
    #expect(throws: XIPKernelError.self) {
      try image.with(Array(repeating: 1, count: 0x8_0001), in: region)
    }
  }

  @Test func theRegionIsThatOfTheConfiguration() throws {
    func region(_ start: String, _ size: String) throws -> Range<Address>? {
      var text = ConfigurationText()
      text.set("MTD_PHYSMAP_START", to: start)
      text.set("MTD_PHYSMAP_LEN", to: size)
      return KernelConfiguration(text).applicationRegion
    }
    #expect(try region("0x1e380000", "0x80000") == self.region)
    #expect(try region("0x1fc00000", "0x80000") == nil)
    #expect(try region("0x1e380000", "0x80001") == nil)
    #expect(try region("0x1e380000", "0") == nil)
    #expect(try region("0x1e380000", "0xffffffffffffffff") == nil)
  }
}
