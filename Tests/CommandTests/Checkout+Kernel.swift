import Host
import SystemPackage
import TestSupport

/// Whether this machine can build the small kernels.
let canCrossBuild = Command("mipsel-linux-gnu-gcc").resolved() != nil

extension Checkout {
  /// Makes `versions` releases that compile to a small kernel of three objects, lists them, and puts a stand-in in the
  /// place of QEMU.
  ///
  /// In ``objects``, the only place that a build may write to, the file `compiled` gets a line for each object, and
  /// `linked` one for each kernel; in ``programs`` `boots` gets one for each boot. A shell script `hold-VERSION` there
  /// runs in ``objects`` before the last object of that version is compiled.
  ///
  /// - Parameters:
  ///   - versions: Their tags, in order.
  ///   - areAlike: Whether nothing but their names tells their kernels apart.
  ///   - booting: The perl that decides how a boot goes; `$image` is the version with its toolchain and the file.
  /// - Throws: `FileFailure` and `CommandError` when they cannot be made.
  func makeKernels(
    _ versions: [String], areAlike: Bool = false,
    booting: String = "start(); console(file('good')); event('guest-shutdown'); exit 0;"
  ) async throws {
    let makefile = """
      KCONFIG_CONFIG ?= .config
      olddefconfig:
      \t@true
      vmlinux:
      \t@cd $(O); TREE=$(CURDIR) sh $(CURDIR)/compile.sh

      """
    let compile = """
      set -e
      record=\(record)
      note() { echo "$2" >>$1; touch -d 2026-01-01 $1; }
      version=$(cat $TREE/release)
      kind=twin
      if grep -q XIP_KERNEL=y .config; then kind=xip; fi
      for name in one two three; do
        if [ "$(cat $name.o 2>/dev/null)" = $version ]; then continue; fi
        if [ $name = three ] && [ -e \(programs)/hold-$version ]; then . \(programs)/hold-$version; fi
        note compiled "$version $name"
        echo "  CC      $name.o"
        echo $version >$name.o
        touch -d 2026-01-01 $name.o
      done
      note linked "$version $kind"
      mipsel-linux-gnu-gcc -mips32r2 -mabi=32 -fno-pic -mno-abicalls -c -o a.o $TREE/a.S
      mipsel-linux-gnu-ld -T $TREE/$kind.lds --no-warn-rwx-segments -o vmlinux a.o

      """
    let xip = SmallKernel()
    let twin = SmallKernel(romStart: "0x80100000")
    for (number, version) in versions.enumerated() {
      let own = """
        .section .init.rodata, "a"
        .asciz "Linux version \(version.dropFirst()) (small)"
        .balign 4
        .word \(areAlike ? 0 : number)

        """
      try await kernel.commit(
        version,
        [
          "Makefile": makefile, "compile.sh": compile, "release": "\(version)\n",
          "a.S": xip.assembly + "\n" + own,
          "xip.lds": xip.script + "\n", "twin.lds": twin.script + "\n",
        ])
    }
    try bootAs(booting)
    try Files.write(Array(goodBoot.utf8), to: programs.appending("good"))
    _ = try await tool().run(["versions", "--add"] + versions)
  }

  /// Puts a stand-in in the place of QEMU that notes each boot, and then does what the perl `behaviour` says.
  func bootAs(
    _ behaviour: String = "start(); console(file('good')); event('guest-shutdown'); exit 0;"
  ) throws {
    let noted = """
      my ($image) = map { m{results/([^/]+)/([^/]+)$} ? "$1 $2" : () } @ARGV;
      open(my $boots, '>>', "$here/boots"); print $boots "$image\\n"; close $boots;
      \(behaviour)
      """
    try FakeQEMU(behaviour: noted).install(in: programs)
  }

  /// Where the kernels are compiled.
  var objects: FilePath { cache.appending("objects").appending("gcc-little") }

  /// Returns the lines of a file in ``programs`` or ``objects``, none where it is not there.
  func lines(_ name: String) -> [String] {
    let bytes =
      (try? Files.read(programs.appending(name))) ?? (try? Files.read(objects.appending(name))) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Writes a file into ``programs``.
  func hook(_ name: String, _ content: String = "") throws {
    try Files.write(Array(content.utf8), to: programs.appending(name))
  }
}
