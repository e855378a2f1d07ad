import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite("The compressed twin", .enabled(if: canCrossBuild, "no cross compiler"))
struct CompressedKernelTests {
  private static let script = """
    ENTRY(start) SECTIONS { . = 0x80100000; .text : { *(.text) } /DISCARD/ : { *(.reginfo .MIPS.abiflags .pdr .gnu.attributes) } }
    """

  /// A twin that waits, then switches off; `last` is its last word.
  private static func twin(_ last: Int) async throws -> [UInt8] {
    try await linked(
      """
      .text
      .set noreorder
      .globl start, machine_power_off
      start:
        wait
        nop
      .type machine_power_off, @function
      machine_power_off:
        nop
        nop
        nop
        nop
        nop
        .word \(last)
      .size machine_power_off, . - machine_power_off
      """, script: script)
  }

  @Test("is packed of the twin without its waits and its power-off, and kept as long as that is the same")
  func packed() async throws {
    try await withTemporaryDirectory { directory in
      let fake = try FakeKernelTree(in: directory)
      let build = fake.build
      let files = build.results
      try Files.makeDirectory(files.directory)
      try Files.write(Array("CONFIG_TWIN=y\n".utf8), to: files.configuration(.twin))
      try Files.write(try await Self.twin(1), to: files.vmlinux(.twin))
      let image = CompressedKernel(
        tree: build.tree, objects: build.objects, toolchain: build.toolchain, files: files, jobs: 2,
        confinement: build.confinement)
      #expect(!CompressedKernel.isKept(in: files))
      try await image.build()
      #expect(CompressedKernel.isKept(in: files))
      #expect(try read(fake.objects.appending("packed")) == "CONFIG_TWIN=y\n")

      let bytes = try await Command("gzip", ["-dc", files.measuredImage.string]).output()
      let packed = try ELFFile(bytes)
      #expect(packed.waits == [])
      let text = try #require(packed.sections.first { $0.name == ".text" })
      let words = stride(from: 0, to: text.size, by: 4).map {
        packed.byteOrder.word(packed.bytes, at: text.offset + $0) ?? 0
      }
      // The code of `CountedPowerOff`, by its store to the board's register, and nothing behind it.
      #expect(words.prefix(8) == [0, 0, 0x3c08_bf00, 0x2409_0042, 0xad09_0500, 0x1000_ffff, 0, 1])

      try Files.write(try await Self.twin(2), to: files.vmlinux(.twin))
      #expect(!CompressedKernel.isKept(in: files), "another twin")
      try await image.build()
      #expect(CompressedKernel.isKept(in: files))
    }
  }
}
