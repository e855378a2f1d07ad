import Host

/// A compiled kernel whose flash image is written and whose layout is right, which its twin's is not.
public struct LaidOut: Sendable {
  /// The kernel.
  public let kernel: CompiledKernel

  /// The size of the flash image in bytes.
  public let imageSize: Int

  /// What was read off the XIP kernel; every check passed.
  public let checks: [LayoutCheck]

  /// What was read off the twin; some check failed.
  public let twinChecks: [LayoutCheck]

  /// Builds the shim and the flash image of `kernel`, writes it among the kernel's files and checks the layout.
  ///
  /// - Parameters:
  ///   - kernel: The kernel and its twin.
  ///   - inputs: Where the shim is.
  /// - Throws: `XIPKernelError` when the image does not fit the flash, the XIP kernel fails a check, or the twin
  ///   passes them all.
  public init(_ kernel: CompiledKernel, inputs: Inputs) async throws(XIPKernelError) {
    let files = kernel.files
    let shim = try await BootShim(building: inputs, with: kernel.toolchain)
    let xip = try ELFFile(reading: files.vmlinux(.xip))
    let stored = try storedImage(of: .xip, kernel.configuration, in: files)
    let image = try FlashImage(kernel: xip, stored: stored, shim: shim)
    try image.write(to: files)

    checks = Layout(xip, at: kernel.address, stored: stored).checks
    guard checks.allSatisfy(\.passed) else { throw .layoutWrong(checks) }
    twinChecks = Layout(try ELFFile(reading: files.vmlinux(.twin)), at: kernel.address).checks
    guard !twinChecks.allSatisfy(\.passed) else { throw .twinPassesLayout(twinChecks) }
    self.kernel = kernel
    imageSize = image.bytes.count
  }
}

/// Returns the layout checks of the kernel built in a directory, whether they pass or not.
///
/// - Parameters:
///   - kind: Which of the two kernels to look at.
///   - files: The directory's files.
/// - Returns: The checks, each with what it read.
/// - Throws: `XIPKernelError` when a file cannot be read or is not what its name says.
public func layoutChecks(of kind: KernelKind, in files: KernelFiles) throws(XIPKernelError) -> [LayoutCheck] {
  let path = files.configuration(.xip)
  let configuration = try KernelConfiguration(reading: path)
  guard let address = configuration.xipAddress else {
    throw .unusableInput(path, line: nil, problem: "not the configuration of an XIP kernel")
  }
  let stored = try storedImage(of: kind, configuration, in: files)
  return Layout(try ELFFile(reading: files.vmlinux(kind)), at: address, stored: stored).checks
}

/// Returns the kernel's own image, or nil where its ELF file tells what to store.
private func storedImage(
  of kind: KernelKind, _ configuration: KernelConfiguration, in files: KernelFiles
) throws(XIPKernelError) -> [UInt8]? {
  guard kind == .xip && configuration.deflatesData else { return nil }
  return try XIPKernelError.file { () throws(FileFailure) in try Files.read(files.xipImage) }
}
