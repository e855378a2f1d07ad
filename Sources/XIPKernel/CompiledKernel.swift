/// The kernel of one version and its twin, compiled and linked.
public struct CompiledKernel: Sendable {
  /// Where both are, with their configurations and logs.
  public let files: KernelFiles

  /// The programs that built them.
  public let toolchain: Toolchain

  /// The XIP kernel's final configuration.
  public let configuration: KernelConfiguration

  /// The physical address that the XIP kernel runs at.
  public let address: Address

  /// How many objects and archives were made for each.
  public let objects: [KernelKind: Int]

  /// How long each took, configuration included.
  public let seconds: [KernelKind: Double]

  /// The warnings of compilers and linkers, each once, of what had to be compiled this time.
  public let warnings: [String]
}
