import Host
import SystemPackage
import TestSupport
import Versions

@testable import XIPKernel

/// A directory that `make` takes for a kernel tree, with the project's inputs beside it.
///
/// Its `vmlinux` is the configuration it was built with; its output is that of the kernel's quiet `make`.
struct FakeKernelTree: Sendable {
  let directory: FilePath
  /// What its makefiles are run in.
  var confinement = Confinement.none(reason: "a test")

  /// Makes the tree below `directory`.
  ///
  /// - Parameters:
  ///   - directory: Where the tree and the inputs go.
  ///   - compiling: Shell commands that `make vmlinux` runs in the directory of the objects.
  ///   - ahead: Shell commands that `make mm/a.o` runs there, with the target as their parameter.
  ///   - configuring: A filter for the settings, as `olddefconfig` is one.
  /// - Throws: `FileFailure` when it cannot be written.
  init(
    in directory: FilePath, compiling: String = "echo '  CC      init/main.o'; echo '  LD      vmlinux'",
    ahead: String = "echo \"  CC      $1\"", configuring: String = "cat"
  ) throws {
    self.directory = directory
    let makefile = """
      KCONFIG_CONFIG ?= .config
      olddefconfig:
      \t@\(configuring) <$(O)/$(KCONFIG_CONFIG) >$(O)/.final; mv $(O)/.final $(O)/$(KCONFIG_CONFIG)
      vmlinux:
      \t@cd $(O); sh $(CURDIR)/compile.sh
      %.o %.lds:
      \t@cd $(O); [ -e $(CURDIR)/$(basename $@).c ] && sh $(CURDIR)/ahead.sh $@
      prepare:
      \t@:
      vmlinuz: $(vmlinux-32)
      \t@cd $(O); [ "$(vmlinux-32)" = prepare ] && gzip -n <vmlinux >vmlinuz && cat .config >>packed
      xipImage: vmlinux
      \t@cd $(O); mkdir -p arch/mips/boot; gzip -n <vmlinux >arch/mips/boot/xipImage
      """
    let script = "set -e\n\(compiling)\ncp .config vmlinux\n"
    for (name, content) in [
      ("tree/Makefile", makefile + "\n"), ("tree/compile.sh", script), ("tree/ahead.sh", "\(ahead)\n"),
      ("tree/mm/a.c", ""), ("tree/mm/vmlinux.c", ""),
      ("tree/arch/mips/configs/malta_defconfig", "CONFIG_CPU_LITTLE_ENDIAN=y\nCONFIG_PAGE_SIZE_16KB=y\n"),
      ("config/malta.config", "CONFIG_PREEMPT=y\n"),
      ("config/xip.config", "CONFIG_XIP_KERNEL=y\nCONFIG_XIP_PHYS_ADDR=0x1e001000\n"),
      ("userspace/init.c", "void __start(void) { for (;;); }\n"),
      ("userspace/initramfs.list", "file /init @INIT@ 0755 0 0\n"),
    ] {
      let path = directory.appending(FilePath(name).components)
      try Files.makeDirectory(path.removingLastComponent())
      try Files.write(Array(content.utf8), to: path)
    }
  }

  /// The build of the tree.
  var build: KernelBuild {
    KernelBuild(
      of: Version(6, 12, 38), tree: directory.appending("tree"), inputs: Inputs(project: directory),
      toolchain: Toolchain(compiler: .gcc, assembler: .gnu, byteOrder: .little, reason: "", versions: [:]),
      objects: directory.appending("objects"), results: KernelFiles(directory.appending("results")), jobs: 2,
      confinement: confinement)
  }

  /// The directory of the objects of its toolchain.
  var objects: FilePath { directory.appending("objects").appending("gcc-little") }
}

/// Returns the content of the file at `path` as text.
func read(_ path: FilePath) throws -> String {
  String(decoding: try Files.read(path), as: UTF8.self)
}
