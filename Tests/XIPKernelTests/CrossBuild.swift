import Host
import SystemPackage
import TestSupport

@testable import XIPKernel

/// Whether this machine can build MIPS programs, as the tests' fixtures are.
let canCrossBuild = ["mipsel-linux-gnu-gcc", "mips-linux-gnu-gcc"].allSatisfy {
  Command($0).resolved() != nil
}

/// Returns the ELF file that the linker makes of `assembly` with `script`.
func linked(_ assembly: String, script: String, _ byteOrder: ByteOrder = .little) async throws -> [UInt8] {
  let prefix = byteOrder == .little ? "mipsel-linux-gnu-" : "mips-linux-gnu-"
  return try await withTemporaryDirectory { directory in
    try Files.write(Array(assembly.utf8), to: directory.appending("a.S"))
    try Files.write(Array(script.utf8), to: directory.appending("a.lds"))
    _ = try await Command(
      prefix + "gcc", ["-mips32r2", "-mabi=32", "-fno-pic", "-mno-abicalls", "-c", "-o", "a.o", "a.S"],
      in: directory
    ).output()
    _ = try await Command(
      prefix + "ld", ["-T", "a.lds", "--no-warn-rwx-segments", "-o", "a", "a.o"], in: directory
    )
    .output()
    return try Files.read(directory.appending("a"))
  }
}

/// A kernel in small: the sections, symbols and tables that the layout checks look at.
struct SmallKernel {
  /// What stands in `.text` behind the entry.
  var text = "jal target; nop"
  /// What stands in the stub that is copied to a vector.
  var stub = "lui $26, %hi(target); addiu $26, $26, %lo(target); jr $26; nop"
  /// What stands in the RAM code before the generated functions.
  var ramText = "nop"
  /// Where `clear_page` in flash goes.
  var clearPage = "lui $25, %hi(__clear_page_start); addiu $25, $25, %lo(__clear_page_start); jr $25; nop"
  /// The exception table's entries.
  var exceptionTable = ".word kernel_entry, target, target, target"
  /// The region of the RAM code, `.xiptext` for RAM.
  var ramSection = ".xiptext"
  /// The section of the tables of the init code.
  var initSection = ".init.rodata"
  /// The built-in initramfs, behind these tables.
  var initramfs = """
    .globl __initramfs_start, __initramfs_size
    __initramfs_start: .word 3
    __initramfs_size: .word 4
    """
  /// Where flash begins.
  var romStart = "0x9e001000"
  /// What comes between the sections in flash and those in RAM.
  var afterROM = "__data_loc = .;"
  /// What follows `.data`.
  var afterData = ""
  /// Further sections in flash.
  var moreROM = ""
  /// Commands of the linker script at its end.
  var atEnd = ""
  /// The flags of the segment in flash.
  var romFlags = 5

  /// Returns the ELF file.
  func built(_ byteOrder: ByteOrder = .little) async throws -> ELFFile {
    let generated = """
      .globl __clear_page_start, __copy_page_start, tlbmiss_handler_setup_pgd_start
      .globl handle_tlbl, handle_tlbs, handle_tlbm
      \(ramText)
      __clear_page_start: nop
      __copy_page_start: nop
      tlbmiss_handler_setup_pgd_start: nop
      handle_tlbl: nop
      handle_tlbs: nop
      handle_tlbm: nop
      """
    let assembly = """
      .set noreorder
      .text
      .globl kernel_entry, target, clear_page, copy_page, tlbmiss_handler_setup_pgd, except_vec2_generic
      kernel_entry: \(text)
      target: jr $31; nop
      .type except_vec2_generic, @function
      except_vec2_generic: \(stub)
      .size except_vec2_generic, . - except_vec2_generic
      clear_page: \(clearPage)
      copy_page: lui $25, %hi(__copy_page_start); addiu $25, $25, %lo(__copy_page_start); jr $25; nop
      tlbmiss_handler_setup_pgd: lui $25, %hi(tlbmiss_handler_setup_pgd_start)
      addiu $25, $25, %lo(tlbmiss_handler_setup_pgd_start); jr $25; nop
      .section \(ramSection), "awx"
      \(generated)
      .section __ex_table, "a"
      \(exceptionTable)
      .section \(initSection), "a"
      .globl __initcall_start, __setup_start
      __initcall_start: .word 1
      __setup_start: .word 2
      \(initramfs)
      .data
      .word 4
      """
    let script = """
      OUTPUT_ARCH(mips)
      ENTRY(kernel_entry)
      PHDRS { rom PT_LOAD FLAGS(\(romFlags)); ram PT_LOAD FLAGS(7); }
      SECTIONS {
        . = \(romStart);
        .text : { _stext = .; *(.text) _etext = .; } :rom
        __ex_table : { __start___ex_table = .; *(__ex_table) __stop___ex_table = .; } :rom
        .init.rodata : { *(.init.rodata) } :rom
        \(moreROM)
        \(afterROM)
        . = 0x80100000;
        .xiptext : AT(__data_loc) {
          _sdata = .; __xip_ramtext_start = .; *(.xiptext) __xip_ramtext_end = .;
        } :ram
        .data : AT(LOADADDR(.xiptext) + ADDR(.data) - ADDR(.xiptext)) { *(.data) *(.init.data) } :ram
        _edata = .;
        \(afterData)
        .bss : { *(.bss) } :ram
        /DISCARD/ : { *(.reginfo) *(.MIPS.abiflags) *(.pdr) *(.gnu.attributes) }
      }
      \(atEnd)
      """
    return try ELFFile(try await linked(assembly, script: script, byteOrder))
  }
}
