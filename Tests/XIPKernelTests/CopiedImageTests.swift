import Testing

@testable import XIPKernel

@Suite("A loader")
struct CopiedImageTests {
  @Test("is what the assembler makes of its comments", .enabled(if: canCrossBuild))
  func assembled() async throws {
    let text = """
      .text
      .set noreorder
      .set noat
      .globl start
      start:
        lui $8, 0x9e00
        ori $8, $8, 0x1100
        lui $9, 0x8010
        ori $9, $9, 0x0400
        lui $10, 0x9e31
        ori $10, $10, 0x2344
      1: lw $11, 0($8)
        addiu $8, $8, 4
        sw $11, 0($9)
        bne $8, $10, 1b
        addiu $9, $9, 4
        lui $9, 0x8010
        ori $9, $9, 0x0400
        lui $10, 0x8041
        ori $10, $10, 0x1644
      2: cache 0x15, 0($9)
        cache 0x10, 0($9)
        addiu $9, $9, 32
        sltu $11, $9, $10
        bne $11, $0, 2b
        nop
        sync
        lui $25, 0x802f
        ori $25, $25, 0x2dd0
        jr.hb $25
        nop
      """
    let script = "ENTRY(start) SECTIONS { . = 0x80000000; .text : { *(.text) } /DISCARD/ : { *(*) } }"
    let file = try ELFFile(try await linked(text, script: script))
    let section = try #require(file.sections.first { $0.name == ".text" })
    let code = CopiedImage.code(
      from: 0x9e00_1100, to: 0x8010_0400, bytes: 0x31_1244, entry: 0x802f_2dd0)
    let bytes = code.flatMap { ByteOrder.little.bytes(of: $0) }
    #expect(Array(file.content(of: section).prefix(bytes.count)) == bytes)
    #expect(bytes.count <= CopiedImage.room)
  }
}
