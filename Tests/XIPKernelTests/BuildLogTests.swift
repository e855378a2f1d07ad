import Testing

@testable import XIPKernel

private func log(_ text: String) -> BuildLog {
  var log = BuildLog(roots: ["/home/me/out", "/home/me/linux"])
  for line in text.split(separator: "\n") { log.add(Array(line.utf8)[...]) }
  return log
}

@Test func objectsAndArchivesAreCountedAndNothingElse() {
  let told = log(
    """
    make: Entering directory '/home/me/out'
      GEN     Makefile
      CC      init/main.o
      AS      arch/mips/kernel/head.o
      HOSTCC  scripts/sorttable
      AR      init/built-in.a
      LD      vmlinux
      LDS     arch/mips/kernel/vmlinux.lds
    """)
  #expect(told.objects == 4)
  #expect(told.firstError == nil)
}

@Test(arguments: [
  "drivers/x.c:12:3: error: 'y' undeclared (first use in this function)",
  "drivers/x.c:9:10: fatal error: too many errors emitted",
  "arch/mips/kernel/genex.S:140: Error: unrecognized opcode `frob'",
  "mipsel-linux-gnu-ld: mm/x.o: in function `f': (.text+0x10): undefined reference to `g'",
  "mips-linux-gnu-ld: arch/mips/kernel/head.o: relocation truncated to fit: R_MIPS_26 against `f'",
  "ld.lld-19: error: undefined symbol: g",
  "ERROR: modpost: \"g\" [drivers/x.ko] undefined!",
])
func theFirstErrorIsTheOneReported(line: String) {
  let told = log("  CC      a.o\n\(line)\ndrivers/z.c:1:1: error: later\nmake: *** [x] Error 1")
  #expect(told.firstError == line)
}

@Test func pathsOfTheMachineAreLeftOut() {
  let told = log("/home/me/linux/mm/slub.c:7:1: error: included from /home/me/out/include/x.h")
  #expect(told.firstError == "mm/slub.c:7:1: error: included from include/x.h")
}

@Test func filesThatASparseTreeLacksAreNamed() {
  let told = log(
    """
    drivers/Kconfig:7: can't open file "drivers/bus/Kconfig"
    make[4]: *** No rule to make target 'drivers/hid/hid-core.o', needed by 'drivers/hid/built-in.a'.  Stop.
    /home/me/linux/drivers/mfd/x.c:3:10: fatal error: linux/mfd/core.h: No such file or directory
    /home/me/linux/scripts/Makefile.build:41: /home/me/linux/drivers/rtc/Makefile: No such file or directory
    """)
  #expect(
    told.missing == [
      "drivers/bus/Kconfig", "drivers/hid/hid-core.o", "linux/mfd/core.h", "drivers/rtc/Makefile",
    ])
}

@Test(arguments: [
  "mipsel-linux-gnu-ld: warning: orphan section `.head.text' from `head.o' being placed in section `.head.text'",
  "mipsel-linux-gnu-ld: error: unplaced orphan section `.modinfo' from `vmlinux.o'",
  "ld.lld-19: warning: vmlinux.a(main.o):(.modinfo) is being placed in '.modinfo'",
])
func orphanSectionsAreToldFromOtherWarnings(line: String) {
  let told = log("mm/x.c:1:1: warning: unused variable\n\(line)\n\(line)")
  #expect(told.orphans == [line])
  #expect(told.warnings == ["mm/x.c:1:1: warning: unused variable"])
}

@Test func aBrokenCompilerIsToldFromABrokenSource() {
  #expect(log("mm/x.c:1:1: internal compiler error: in f, at g.c:1").crash != nil)
  #expect(log("PLEASE submit a bug report to https://github.com/llvm/llvm-project").crash != nil)
  let broken = [
    "collect2: fatal error: ld terminated with signal 11 [Segmentation fault], core dumped",
    "make[2]: *** [scripts/Makefile.build:243: mm/x.o] Segmentation fault (core dumped)",
    "make[2]: *** [scripts/Makefile.vmlinux:34: vmlinux] Error 139",
  ]
  for line in broken { #expect(log(line).crash != nil, "\(line)") }
  #expect(log("mm/x.c:1:1: error: wrong").crash == nil)
  #expect(log("make[2]: *** [scripts/Makefile.build:243: mm/x.o] Error 1").crash == nil)
}

@Test func aMachineWithoutRoomIsToldFromBoth() {
  let told = log("/tmp/cc1.s: fatal error: error writing to x.o: No space left on device")
  #expect(told.exhaustion != nil)
  #expect(log("cc1: fatal error: cannot open '/tmp/c.s' for writing: Input/output error").exhaustion != nil)
  let killed = [
    "mipsel-linux-gnu-gcc: fatal error: Killed signal terminated program cc1",
    "collect2: fatal error: ld terminated with signal 9 [Killed]",
    "make[2]: *** [scripts/Makefile.build:243: mm/x.o] Killed",
    "make[1]: *** [Makefile:1167: vmlinux] Error 137",
  ]
  for line in killed {
    #expect(log(line).exhaustion != nil, "\(line)")
    #expect(log(line).crash == nil, "\(line)")
  }
  #expect(log("make[1]: *** [Makefile:1167: vmlinux] Error 1").exhaustion == nil)
}

@Test func whatAProgramSaidBeforeMakeGaveUpIsTheErrorWhenNothingElseIs() {
  let told = log(
    "  GEN     usr/initramfs_data.cpio\nFile init could not be opened\nmake[2]: *** [usr] Error 255")
  #expect(told.makeError == "File init could not be opened: make[2]: *** [usr] Error 255")
}
