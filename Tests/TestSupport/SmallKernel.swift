/// A kernel in small: the sections, symbols and tables that the layout checks look at.
public struct SmallKernel: Sendable {
  /// What stands in `.text` behind the entry.
  public var text: String
  /// What stands in the stub that is copied to a vector.
  public var stub: String
  /// What stands in the RAM code before the generated functions.
  public var ramText: String
  /// Where `clear_page` in flash goes.
  public var clearPage: String
  /// The exception table's entries.
  public var exceptionTable: String
  /// The region of the RAM code, `.xiptext` for RAM.
  public var ramSection: String
  /// The section of the tables of the init code.
  public var initSection: String
  /// The built-in initramfs, behind these tables.
  public var initramfs: String
  /// Where flash begins.
  public var romStart: String
  /// What comes between the sections in flash and those in RAM.
  public var afterROM: String
  /// What follows `.data`.
  public var afterData: String
  /// Further sections in flash.
  public var moreROM: String
  /// Commands of the linker script at its end.
  public var atEnd: String
  /// The flags of the segment in flash.
  public var romFlags: Int

  /// Makes a kernel that passes every check, but for what is given.
  public init(
    text: String = "jal target; nop",
    stub: String = "lui $26, %hi(target); addiu $26, $26, %lo(target); jr $26; nop",
    ramText: String = "nop",
    clearPage: String =
      "lui $25, %hi(__clear_page_start); addiu $25, $25, %lo(__clear_page_start); jr $25; nop",
    exceptionTable: String = ".word kernel_entry, target, target, target",
    ramSection: String = ".xiptext",
    initSection: String = ".init.rodata",
    initramfs: String = """
    .globl __initramfs_start, __initramfs_size
    __initramfs_start: .word 3
    __initramfs_size: .word 4
    """,
    romStart: String = "0x9e001000",
    afterROM: String = "__data_loc = .;",
    afterData: String = "",
    moreROM: String = "",
    atEnd: String = "",
    romFlags: Int = 5
  ) {
    self.text = text
    self.stub = stub
    self.ramText = ramText
    self.clearPage = clearPage
    self.exceptionTable = exceptionTable
    self.ramSection = ramSection
    self.initSection = initSection
    self.initramfs = initramfs
    self.romStart = romStart
    self.afterROM = afterROM
    self.afterData = afterData
    self.moreROM = moreROM
    self.atEnd = atEnd
    self.romFlags = romFlags
  }

  /// What to assemble.
  public var assembly: String {
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
    return """
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
  }

  /// What to link it with.
  public var script: String {
    """
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
  }
}
