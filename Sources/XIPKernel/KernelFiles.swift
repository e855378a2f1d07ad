public import SystemPackage

/// The files of one built version, by the names they have in its directory.
public struct KernelFiles: Hashable, Sendable {
  /// The directory.
  public let directory: FilePath

  /// Names the files of `directory`.
  public init(_ directory: FilePath) {
    self.directory = directory
  }

  /// The kernel as the linker made it.
  public func vmlinux(_ kind: KernelKind) -> FilePath { path("vmlinux", kind) }

  /// What the kernel's own makefiles make for flash; kept only where the ELF file does not tell it.
  public var xipImage: FilePath { directory.appending("xipImage") }

  /// Its final configuration.
  public func configuration(_ kind: KernelKind) -> FilePath { path("config", kind) }

  /// What `make` wrote when it was configured.
  public func configureLog(_ kind: KernelKind) -> FilePath { path("configure.log", kind) }

  /// What `make` wrote when it was compiled.
  public func buildLog(_ kind: KernelKind) -> FilePath { path("build.log", kind) }

  /// What it wrote to its console when it was booted last.
  public func console(_ kind: KernelKind) -> FilePath { path("console.log", kind) }

  /// The command line it was booted with.
  public func bootCommand(_ kind: KernelKind) -> FilePath { path("boot.command", kind) }

  /// What the kernel of one boot of the proof wrote to its console.
  func proofConsole(_ boot: ProofBoot) -> FilePath {
    directory.appending("proof-\(boot.rawValue)-console.log")
  }

  /// The command line of one boot of the proof.
  func proofCommand(_ boot: ProofBoot) -> FilePath {
    directory.appending("proof-\(boot.rawValue)-boot.command")
  }

  /// The flash image in the target's byte order.
  public var flashImage: FilePath { directory.appending("flash.bin") }

  /// The flash image as QEMU's `-bios` takes it.
  public var biosImage: FilePath { directory.appending("flash.bios") }

  private func path(_ name: String, _ kind: KernelKind) -> FilePath {
    directory.appending(kind == .xip ? name : "twin-" + name)
  }
}
