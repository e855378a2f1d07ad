import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Test func theLinkerScriptLosesHeadTextAndItsAssertionAlone() throws {
  let script = """
    .text : {
     KEEP(*(.head.text)) . = ALIGN(8); *(.text)
    }
     ASSERT((4096 & 0xfff) == 0,
            "not a multiple of 4 KiB")
     ASSERT(_stext >= _text && _stext <= _etext,
            "_stext is not in .text: is the head of the kernel placed?")
     ASSERT(_end <= _text, "overlap")
    """
  let broken = try #require(KernelBuild.withoutHeadText(script))
  #expect(!broken.contains("head.text"))
  #expect(!broken.contains("_stext"))
  #expect(broken.contains("*(.text)"))
  #expect(broken.contains("not a multiple of 4 KiB"))
  #expect(broken.contains(#"ASSERT(_end <= _text, "overlap")"#))
  // Trees up to 6.12 have no such line.
  #expect(KernelBuild.withoutHeadText(".text : { *(.text) }") == nil)
}

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct DefectBuildTests {
  @Test func jumpLabelsAreForcedOnBesideTheKernelItself() async throws {
    try await withTemporaryDirectory { directory in
      let tree = try FakeKernelTree(in: directory)
      try Files.write(Array("config FAKE\n".utf8), to: directory.appending("tree").appending("Kconfig"))
      let built = try await tree.build.run(progress: .silent)
      let whole = try read(built.files.vmlinux(.xip))
      let files = try #require(try await tree.build.run(with: .jumpLabels, progress: .silent))
      #expect(try read(files.vmlinux(.xip)).contains("CONFIG_JUMP_LABEL=y\n"))
      #expect(try read(files.buildLog(.xip)).contains("KBUILD_KCONFIG="))
      #expect(try read(built.files.vmlinux(.xip)) == whole)
      #expect(!whole.contains("CONFIG_JUMP_LABEL=y"))
      #expect(try Files.list(directory.appending("objects")) == ["gcc-little"])
    }
  }

  @Test func aTreeThatLosesTheSymbolIsToldOf() async throws {
    try await withTemporaryDirectory { directory in
      let tree = try FakeKernelTree(in: directory, configuring: "sed /JUMP_LABEL/d")
      try Files.write([], to: directory.appending("tree").appending("Kconfig"))
      _ = try await tree.build.run(progress: .silent)
      let error = await #expect(throws: XIPKernelError.self) {
        try await tree.build.run(with: .jumpLabels, progress: .silent)
      }
      #expect(error?.description.contains("JUMP_LABEL") == true)
    }
  }

  @Test func theKernelIsLinkedAgainWithoutHeadText() async throws {
    let compiling = """
      mkdir -p arch/mips/kernel
      [ -e arch/mips/kernel/vmlinux.lds ] || echo 'KEEP(*(.head.text)) *(.text)' >arch/mips/kernel/vmlinux.lds
      cat arch/mips/kernel/vmlinux.lds >>.config
      """
    try await withTemporaryDirectory { directory in
      let tree = try FakeKernelTree(in: directory, compiling: compiling)
      // What the fake link appends is no setting.
      let settings = directory.appending("results").appending("config")
      try Files.makeDirectory(settings.removingLastComponent())
      try Files.makeDirectory(tree.objects)
      try Files.write(Array("CONFIG_XIP_KERNEL=y\n".utf8), to: settings)
      let files = try #require(
        try await tree.build.run(with: .headText, progress: .silent))
      let linked = try read(files.vmlinux(.xip))
      #expect(linked.hasSuffix("*(.text)\n *(.text)\n"))
      let log = try read(files.buildLog(.xip))
      #expect(log.contains("CONFIG_LD_ORPHAN_WARN_LEVEL=place"))
    }
  }
}

@Test func waitsBecomeNothingInImageAndFile() async throws {
  guard canCrossBuild else { return }
  let elf = try ELFFile(
    try await linked(
      ".set noreorder\n.text\n.globl a\na: nop\nwait\nnop\n.data\n.word 0x42000020\n",
      script: "SECTIONS { . = 0x9e001000; .text : { *(.text) } . = 0x80100000; .data : { *(.data) } }"))
  #expect(elf.waits == [Address(0x9e00_1004)])
  let waitless = try ELFFile(elf.bytesWithoutWaits)
  #expect(waitless.waits == [])
  #expect(waitless.bytes.count == elf.bytes.count)
  let data = try #require(waitless.section(".data"))
  #expect(ByteOrder.little.word(waitless.bytes, at: data.offset) == 0x4200_0020)
  let image = FlashImage([UInt8](repeating: 0x42, count: 0x1010), .little).withoutWaits(of: elf)
  #expect(image.bytes[0x1004..<0x1008].allSatisfy { $0 == 0 })
  #expect(image.bytes.count { $0 == 0 } == 4)
}
