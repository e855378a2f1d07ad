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

extension CompiledKernel {
  /// Finds what an earlier run compiled and linked.
  ///
  /// - Parameters:
  ///   - files: Where both kernels are.
  ///   - toolchain: The programs that built them.
  /// - Throws: `XIPKernelError` when the configuration cannot be read or is not one of an XIP kernel.
  public init(in files: KernelFiles, _ toolchain: Toolchain) throws(XIPKernelError) {
    let path = files.configuration(.xip)
    let configuration = try KernelConfiguration(reading: path)
    guard let address = configuration.xipAddress else {
      throw .unusableInput(path, line: nil, problem: "not the configuration of an XIP kernel")
    }
    self.init(
      files: files, toolchain: toolchain, configuration: configuration, address: address, objects: [:],
      seconds: [:], warnings: [])
  }
}
