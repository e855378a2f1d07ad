public import SystemPackage

/// The project's own sources that go into a bootable kernel beside the kernel tree.
public struct Inputs: Sendable {
  /// The directory of `shim.S` and `shim.lds`, the boot shim at the reset vector.
  public let shim: FilePath

  /// The directory of `init.c` and `initramfs.list`, the first process.
  public let userspace: FilePath

  /// The directory of `malta.config`, for both kernels, and `xip.config`, for the XIP kernel alone.
  public let config: FilePath

  /// Makes the inputs of three directories.
  public init(shim: FilePath, userspace: FilePath, config: FilePath) {
    self.shim = shim
    self.userspace = userspace
    self.config = config
  }

  /// Makes the inputs of the project at `root`: its directories `shim`, `userspace` and `config`.
  public init(project root: FilePath) {
    self.init(
      shim: root.appending("shim"), userspace: root.appending("userspace"), config: root.appending("config"))
  }
}
