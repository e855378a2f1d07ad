public import SystemPackage

/// The files of one built version, by the names they have in its directory.
public struct KernelFiles: Hashable, Sendable {
  /// The directory.
  public let directory: FilePath
  /// The directory of what boots leave: the same one, or one in it for those that are tried again.
  let boots: FilePath

  /// Names the files of `directory`.
  public init(_ directory: FilePath) {
    self.init(directory, boots: directory)
  }

  private init(_ directory: FilePath, boots: FilePath) {
    self.directory = directory
    self.boots = boots
  }

  /// Names the same files, for boots that leave what those of other tries left as it is.
  ///
  /// - Parameter number: The try's number, counted from 1.
  /// - Returns: The same kernels, and for another try than the first a folder of its own for what its boots leave.
  public func ofTry(_ number: Int) -> KernelFiles {
    number == 1 ? self : KernelFiles(directory, boots: directory.appending("try-\(number)"))
  }

  /// The kernel as the linker made it.
  public func vmlinux(_ kind: KernelKind) -> FilePath { path("vmlinux", kind) }

  /// What the kernel's own makefiles make for flash; kept only where the ELF file does not tell it.
  public var xipImage: FilePath { directory.appending("xipImage") }

  /// Its final configuration.
  public func configuration(_ kind: KernelKind) -> FilePath { path("config", kind) }

  /// What `make` wrote when it was configured.
  public func configureLog(_ kind: KernelKind) -> FilePath { path("configure.log", kind) }

  /// What `make` wrote when the objects of the sources in question were compiled, ahead of all others.
  public var aheadLog: FilePath { directory.appending("ahead.log") }

  /// What `make` wrote when it was compiled.
  public func buildLog(_ kind: KernelKind) -> FilePath { path("build.log", kind) }

  /// What it wrote to its console when it was booted last.
  public func console(_ kind: KernelKind) -> FilePath { path("console.log", kind, in: boots) }

  /// The command line it was booted with.
  public func bootCommand(_ kind: KernelKind) -> FilePath { path("boot.command", kind, in: boots) }

  /// What the kernel of one boot of the proof wrote to its console.
  func proofConsole(_ boot: ProofBoot) -> FilePath {
    boots.appending("proof-\(boot.rawValue)-console.log")
  }

  /// The command line of one boot of the proof.
  func proofCommand(_ boot: ProofBoot) -> FilePath {
    boots.appending("proof-\(boot.rawValue)-boot.command")
  }

  /// What a kernel wrote to its console when it was booted last to find the least RAM.
  func memoryConsole(_ kind: KernelKind) -> FilePath {
    boots.appending("proof-ram-\(kind.rawValue)-console.log")
  }

  /// The command line of the last of these boots.
  func memoryCommand(_ kind: KernelKind) -> FilePath {
    boots.appending("proof-ram-\(kind.rawValue)-boot.command")
  }

  /// The flash image in the target's byte order.
  public var flashImage: FilePath { directory.appending("flash.bin") }

  /// The flash image as QEMU's `-bios` takes it.
  public var biosImage: FilePath { directory.appending("flash.bios") }

  private func path(_ name: String, _ kind: KernelKind, in place: FilePath? = nil) -> FilePath {
    (place ?? directory).appending(kind == .xip ? name : "twin-" + name)
  }
}
