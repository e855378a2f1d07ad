import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct ApplicationBuildTests {
  /// The project's own programs.
  private let sources = Tool.project.appending("applications")

  /// A tree whose first process is the project's, which the applications take in.
  private func tree(in directory: FilePath, configuring: String = "cat") throws -> FakeKernelTree {
    let tree = try FakeKernelTree(in: directory, configuring: configuring)
    let own = sources.removingLastComponent().appending("userspace").appending("init.c")
    try Files.write(try Files.read(own), to: directory.appending("userspace").appending("init.c"))
    return tree
  }

  @Test func theKernelsDifferInWhereTheirProgramsAre() async throws {
    try await withTemporaryDirectory { directory in
      let tree = try tree(in: directory)
      let built = try await tree.build.run(progress: .silent)
      let kernels = try await tree.build.run(applications: sources, progress: .silent)
      #expect(kernels.region == Address(0x1e38_0000)..<Address(0x1e40_0000))
      #expect(kernels.applications.image.bytes.count <= 0x8_0000)

      let flash = try read(try #require(kernels.files[.flash]).vmlinux(.xip))
      let ram = try read(try #require(kernels.files[.ram]).vmlinux(.xip))
      let twin = try read(try #require(kernels.files[.twin]).vmlinux(.twin))
      #expect(flash.contains("CONFIG_CMDLINE=\" root=mtd0 rootfstype=cramfs ro init=/init\"\n"))
      #expect(flash.contains("CONFIG_INITRAMFS_SOURCE=\"\"\n") && flash.contains("CONFIG_XIP_KERNEL=y\n"))
      for kernel in [ram, twin] {
        #expect(kernel.contains("CONFIG_INITRAMFS_SOURCE=\"xip-applications.list\"\n"))
        #expect(!kernel.contains("CMDLINE"))
      }
      #expect(ram.contains("CONFIG_XIP_KERNEL=y\n") && twin.contains("# CONFIG_XIP_KERNEL is not set\n"))
      // A chip that executes is asked nothing.
      for kernel in [flash, ram, twin] {
        #expect(kernel.contains("CONFIG_CRAMFS_MTD=y\n") && kernel.contains("# CONFIG_MTD_CFI is not set\n"))
      }
      #expect(try !read(built.files.vmlinux(.xip)).contains("CRAMFS"))
      #expect(try Files.list(directory.appending("objects")) == ["gcc-little"])
    }
  }

  @Test func aTreeWithoutTheFileSystemIsToldOf() async throws {
    try await withTemporaryDirectory { directory in
      let tree = try tree(in: directory, configuring: "sed /CRAMFS_MTD/d")
      _ = try await tree.build.run(progress: .silent)
      let error = await #expect(throws: XIPKernelError.self) {
        try await tree.build.run(applications: sources, progress: .silent)
      }
      #expect(error?.description.contains("CONFIG_CRAMFS_MTD: applications.config asks for y") == true)
    }
  }

  /// What is mapped in place shares no page with what is not.
  @Test(arguments: ByteOrder.allCases) func codeHasPagesOfItsOwn(order: ByteOrder) async throws {
    try await withTemporaryDirectory { directory in
      let toolchain = Toolchain(
        compiler: .gcc, assembler: .gnu, byteOrder: order, reason: "", versions: [:])
      let inputs = Inputs(project: sources.removingLastComponent())
      let applications = try await Applications(
        building: sources, inputs, into: directory, with: toolchain)
      #expect(applications.programs.keys.sorted() == ["init", "second"])
      let list = try read(directory.appending(Applications.listName))
      #expect(list.contains("file /init xip-application-init 0755 0 0\n"))
      #expect(list.contains("file /second xip-application-second 0755 0 0\n"))
      for (name, program) in applications.programs {
        let loaded = program.segments.filter(\.isLoaded)
        #expect(loaded.map(\.permissions) == ["R", "RE", "RW"], "\(name)")
        let text = loaded[1]
        #expect(text.offset.isMultiple(of: 4096) && text.virtualAddress.value.isMultiple(of: 4096))
        #expect(Applications.text.contains(text.virtualAddress) && Applications.text.contains(program.entry))
        #expect(text.offset >= loaded[0].offset + loaded[0].fileSize)
        #expect(loaded[2].virtualAddress >= Applications.text.upperBound)
        #expect(loaded[2].fileSize == 0 || loaded[2].offset >= text.offset + text.fileSize)
        let start = try #require(applications.image.files[name])
        let code = program.bytes[text.offset..<text.offset + text.fileSize]
        #expect(applications.image.bytes[(start + text.offset)...].starts(with: code))
      }
    }
  }
}
