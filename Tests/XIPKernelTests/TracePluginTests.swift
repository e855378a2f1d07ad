import FlashCost
import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite(
  "The plugin",
  .enabled(
    if: canCrossBuild && Command("qemu-system-mipsel").resolved() != nil, "no QEMU or no cross compiler"))
struct TracePluginTests {
  /// A boot whose every instruction, byte and line is counted on paper.
  ///
  /// The processor comes out of reset with Status.ERL set, under which addresses of user space are physical ones.
  private static let program = """
    .text
    .set noreorder
    .set noat
    .globl start
    start:                        # 4 instructions past the caches
      lui   $8, 0x9e00
      ori   $8, $8, 0x1000
      jr    $8
      nop
    .org 0x1000                   # 5 + 16 x 6 + 4 = 105 instructions in 2 lines
      lui   $9, 0x9e00
      ori   $9, $9, 0x2000
      lui   $10, 0x8000
      ori   $10, $10, 0x4000
      ori   $11, $0, 16
    1: lw   $12, 0($9)            # 64 bytes, 2 lines of flash and 2 of RAM
      addiu $9, $9, 4
      sw    $12, 0($10)
      addiu $11, $11, -1
      bne   $11, $0, 1b
      addiu $10, $10, 4
      lui   $8, 0x9e00
      ori   $8, $8, 0x1100
      jr    $8
      nop
    .org 0x1100                   # 5 + 6 x 6 + 4 = 45 instructions in 2 lines
      lui   $9, 0x9e00
      ori   $9, $9, 0x2040
      lui   $10, 0x8000
      ori   $10, $10, 0x5000
      ori   $11, $0, 6
    2: lw   $12, 0($9)            # 24 bytes, a line of flash and one of RAM
      addiu $9, $9, 4
      sw    $12, 0($10)
      addiu $11, $11, -1
      bne   $11, $0, 2b
      addiu $10, $10, 4
      synci 0($10)                # an invalidation
      ori   $8, $0, 0x5000
      jr    $8
      nop
    .org 0x2040                   # 5 instructions in a line, run at 0x5000: user space
      lui   $8, 0xbf00
      addiu $9, $0, 0x42
      lw    $13, 0x4000($0)       # a line that the kernel stored to by its own address
      lw    $13, 0x6000($0)       # one that nobody touched
      sw    $9, 0x500($8)         # the reset, a device
    3: b    3b
      nop
    """

  @Test("tells of a boot what is counted on paper")
  func paper() async throws {
    let script = "ENTRY(start) SECTIONS { . = 0xbfc00000; .text : { *(.text) } /DISCARD/ : { *(*) } }"
    let file = try ELFFile(try await linked(Self.program, script: script))
    let section = try #require(file.sections.first { $0.name == ".text" })
    let image = FlashImage(Array(file.content(of: section)), .little)
    let caches = Caches(
      code: CacheGeometry(bytes: 65536, ways: 4), data: CacheGeometry(bytes: 32768, ways: 4))
    let stages = try await withTemporaryDirectory { directory in
      let bios = directory.appending("image")
      let trace = directory.appending("trace")
      try Files.write(image.biosBytes, to: bios)
      let plugin = try await TracePlugin(
        building: Tool.project.appending("measure/trace.c"), into: directory.appending("trace.so"))
      let command = Command(
        "qemu-system-mipsel",
        ["-display", "none", "-no-reboot", "-nodefaults", "-M", "malta", "-cpu", "24Kf", "-m", "16M"]
          + ["-bios", bios.string] + Machine.countedClock
          + plugin.options(
            writing: trace, marks: [Address(0x9e00_1000), Address(0x9e00_1100)],
            waits: [Address(0x9e00_1114)..<Address(0x9e00_112c)], .little)
      )
      var runs: [[UInt8]] = []
      for _ in 1...2 {
        _ = try await command.output(limit: .seconds(600))
        runs.append(try Files.read(trace))
      }
      let isSame = runs[0] == runs[1]
      #expect(isSame, "two runs are the same to the byte")
      return try CacheTrace(runs[1], marks: [.dataCopy, .kernelInit], caches: [caches]).stages
    }
    #expect(stages.map(\.stage) == [.firmware, .dataCopy, .kernelInit, .firstProcess])
    #expect(stages.map(\.counts.instructions) == [4, 105, 45, 5])
    #expect(stages.map(\.counts.userInstructions) == [0, 0, 0, 5])
    // The second loop is said to wait: 6 x 6.
    #expect(stages.map(\.counts.waiting) == [0, 0, 36, 0])
    #expect(stages.map(\.counts.uncachedFlashFetches) == [4, 0, 0, 0])
    #expect(stages.map(\.counts.flashBytes) == [0, 64, 24, 0])
    #expect(stages.map(\.counts.ramBytesStored) == [0, 64, 24, 0])
    #expect(stages.map(\.counts.ramBytesLoaded) == [0, 0, 0, 8])
    #expect(stages.map(\.counts.devices) == [0, 0, 0, 1])
    #expect(stages.map(\.counts.codeInvalidations) == [0, 0, 1, 0])
    let misses = try stages.map { stage in
      let misses = try #require(stage.misses[caches.name])
      return Region.allCases.map { misses[$0] }
    }
    // Flash text, flash data, RAM text, RAM data, user: code of user space, and the line that nobody touched.
    #expect(misses == [[0, 0, 0, 0, 0], [2, 2, 0, 2, 0], [2, 1, 0, 1, 0], [0, 0, 0, 0, 2]])
  }
}
