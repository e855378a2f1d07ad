import TestSupport
import Testing

@testable import XIPKernel

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct LayoutTests {
  private let address = Address(0x1e00_1000)

  private func failures(_ kernel: SmallKernel, _ byteOrder: ByteOrder = .little) async throws -> [String] {
    Layout(try await kernel.built(byteOrder), at: address).checks.filter { !$0.passed }.map(\.name)
  }

  @Test(arguments: ByteOrder.allCases)
  func aKernelLaidOutForFlashPassesEveryCheck(byteOrder: ByteOrder) async throws {
    let checks = Layout(try await SmallKernel().built(byteOrder), at: address).checks
    #expect(checks.filter { !$0.passed } == [])
    #expect(checks.allSatisfy { !$0.read.isEmpty })
  }

  @Test func aKernelAtAnotherAddressFails() async throws {
    #expect(try await failures(SmallKernel(romStart: "0x9e002000")).contains("rom-segment"))
  }

  @Test func aWritableROMSegmentFails() async throws {
    #expect(try await failures(SmallKernel(romFlags: 7)) == ["rom-segment"])
  }

  @Test func aHoleBetweenFlashAndDataFails() async throws {
    #expect(try await failures(SmallKernel(afterROM: ". += 0x2000; __data_loc = .;")) == ["ram-segment"])
  }

  @Test func dataLoadedElsewhereThanItIsCopiedFromFails() async throws {
    let kernel = SmallKernel(afterROM: "__data_loc = .;", atEnd: "__data_loc = 0x9e003000;")
    #expect(try await failures(kernel).contains("ram-segment"))
  }

  @Test func aSectionBehindTheEndOfTheDataFails() async throws {
    let kernel = SmallKernel(afterData: ".modinfo : { LONG(1) } :ram")
    #expect(try await failures(kernel) == ["sections-placed", "image-end"])
  }

  @Test func anImageBeyondTheFlashFails() async throws {
    #expect(
      try await failures(SmallKernel(moreROM: ".big : { . += 0x3ff000; } :rom")).contains("image-in-flash"))
  }

  @Test func textThatEndsBeforeItStartsFails() async throws {
    #expect(try await failures(SmallKernel(atEnd: "_etext = _stext - 4;")) == ["text-order"])
  }

  @Test func anUnsortedExceptionTableFails() async throws {
    let kernel = SmallKernel(exceptionTable: ".word target, target, kernel_entry, target")
    #expect(try await failures(kernel) == ["exception-table"])
  }

  @Test func initTablesInRAMFail() async throws {
    #expect(try await failures(SmallKernel(initSection: ".init.data")) == ["init-tables"])
  }

  @Test func aKernelWithoutInitramfsHasItsTablesInFlash() async throws {
    #expect(try await failures(SmallKernel(initramfs: "")).isEmpty)
  }

  @Test func anInitramfsInRAMFails() async throws {
    let kernel = SmallKernel(
      initramfs: """
        .section .init.data, "a"
        .globl __initramfs_start, __initramfs_size
        __initramfs_start: .word 3
        __initramfs_size: .word 4
        """)
    #expect(try await failures(kernel) == ["init-tables"])
  }

  @Test func anInitramfsWithoutItsStartFails() async throws {
    let kernel = SmallKernel(initramfs: ".globl __initramfs_size; __initramfs_size: .word 4")
    #expect(try await failures(kernel) == ["init-tables"])
  }

  @Test func generatedCodeInFlashFails() async throws {
    let failed = try await failures(SmallKernel(ramSection: ".text"))
    #expect(failed.contains("generated-code"))
  }

  @Test func aTrampolineToAnotherPlaceFails() async throws {
    let kernel = SmallKernel(clearPage: "lui $25, 0x8010; addiu $25, $25, 0x40; jr $25; nop")
    #expect(try await failures(kernel) == ["trampolines"])
  }

  @Test func aFunctionWhereATrampolineShouldBeFails() async throws {
    #expect(try await failures(SmallKernel(clearPage: "jr $31; nop; nop; nop")) == ["trampolines"])
  }

  @Test func aJumpInACopiedStubFails() async throws {
    #expect(try await failures(SmallKernel(stub: "j target; nop")) == ["jumps-in-copied-code"])
  }

  @Test func aJumpFromRAMCodeToFlashFails() async throws {
    // The linker refuses `j target` there; this is what a truncated one would be.
    #expect(try await failures(SmallKernel(ramText: ".word 0x0b800400")) == ["jumps-in-copied-code"])
  }

  @Test func aCallThatWasCutToTwentySixBitsFails() async throws {
    #expect(try await failures(SmallKernel(text: "jal target; nop; .word 0x0c040000")) == ["jumps-in-flash"])
  }

  @Test func aCallOfAnUndefinedWeakFunctionIsNone() async throws {
    let kernel = SmallKernel(text: ".weak absent; jal absent; nop; jal target; nop")
    let checks = Layout(try await kernel.built(), at: address).checks
    #expect(checks.filter { !$0.passed } == [])
    #expect(
      checks.first { $0.name == "jumps-in-flash" }?.read
        == "2 jumps, all to flash text but 1 of undefined weak functions")
    // Where something is linked to the start of a segment, it may be what was meant.
    let low = SmallKernel(
      text: kernel.text, afterROM: "__data_loc = .; .low 0x80000000 (NOLOAD) : { . += 16; } :ram")
    #expect(try await failures(low).contains("jumps-in-flash"))
  }

  @Test func aKernelLinkedToRAMFailsNearlyEverything() async throws {
    let failed = try await failures(SmallKernel(romStart: "0x80100000", afterROM: "__data_loc = .;"))
    #expect(failed.contains("rom-segment"))
    #expect(failed.count > 6)
  }
}
