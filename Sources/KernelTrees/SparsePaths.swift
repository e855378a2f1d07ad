/// Which files of a kernel tree a work directory holds: all that a MIPS build can ask for, a sixth of the whole.
///
/// The makefiles and Kconfig files of every directory are among them, for one that is missing stops the build even
/// where nothing of its directory is built.
public struct SparsePaths: Hashable, Sendable {
  /// The directories, without a slash at either end, held with all below them.
  public var directories: Set<String>

  /// Makes the list of `directories`.
  public init(_ directories: Set<String>) {
    self.directories = directories
  }

  /// What configurations near malta's build, the configurations of this project.
  public static let mips = SparsePaths([
    "arch/mips", "block", "certs", "crypto", "fs", "include", "init", "io_uring", "ipc", "kernel", "lib",
    "mm", "net", "rust", "scripts", "security", "usr", "virt",
    // `checksyscalls.sh` reads the table of another architecture.
    "arch/x86/entry/syscalls",
    "drivers/base", "drivers/block", "drivers/bus", "drivers/char", "drivers/clk", "drivers/clocksource",
    "drivers/firmware", "drivers/gpio", "drivers/hid", "drivers/input", "drivers/irqchip", "drivers/mfd",
    "drivers/mtd", "drivers/nvmem", "drivers/of", "drivers/pci", "drivers/platform/mips", "drivers/power",
    "drivers/rtc",
    "drivers/tty", "drivers/video/console",
    // `sorttable` and `objtool` are made of these.
    "tools/build", "tools/include", "tools/scripts",
  ])

  /// Returns whether a file of this name is held in whatever directory it lies.
  static func isBuildFile(_ name: ArraySlice<UInt8>) -> Bool {
    ["Kconfig", "Makefile", "Kbuild"].contains { name.starts(with: $0.utf8) }
  }

  /// Returns whether the directory of these parts, or one above it, is listed.
  func holds(_ parts: [some Sequence<UInt8>]) -> Bool {
    var directory: [UInt8] = []
    for part in parts {
      if !directory.isEmpty { directory.append(UInt8(ascii: "/")) }
      directory += part
      if directories.contains(String(decoding: directory, as: UTF8.self)) { return true }
    }
    return false
  }
}
