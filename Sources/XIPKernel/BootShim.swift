import Host
import SystemPackage

/// The code at the reset vector, in the first page of the flash.
public struct BootShim: Hashable, Sendable {
  /// The page it has, which the kernel begins behind.
  static let pageSize = 0x1000

  /// The code, in the target's byte order, its parameters not yet filled in.
  public let code: [UInt8]

  /// Assembles and links `shim.S`.
  ///
  /// - Parameters:
  ///   - inputs: Where `shim.S` and `shim.lds` are.
  ///   - toolchain: The assembler and linker.
  /// - Throws: `XIPKernelError` when the sources cannot be read or built, or the code outgrows its page.
  public init(building inputs: Inputs, with toolchain: Toolchain) async throws(XIPKernelError) {
    let source = inputs.shim.appending("shim.S")
    let script = inputs.shim.appending("shim.lds")
    let scratch: ScratchDirectory
    do { scratch = try ScratchDirectory() } catch { throw .file(error) }
    let object = scratch.path.appending("shim.o")
    let elf = scratch.path.appending("shim.elf")
    let binary = scratch.path.appending("shim.bin")

    // The options are those in the head comment of shim.S.
    let order = toolchain.byteOrder.flag
    var assemble = toolchain.compilerCommand
    assemble.arguments += [
      order, "-mips32r2", "-mabi=32", "-fno-pic", "-mno-abicalls", "-c", "-o", object.string, source.string,
    ]
    try await assemble.build(source)
    var link = toolchain.linkerCommand
    link.arguments += [order, "-T", script.string, "-o", elf.string, object.string]
    try await link.build(script)
    var copy = toolchain.objcopyCommand
    copy.arguments += ["-O", "binary", elf.string, binary.string]
    try await copy.build(source)

    code = try XIPKernelError.file { () throws(FileFailure) in try Files.read(binary) }
    guard code.count <= Self.pageSize else {
      throw .shimTooLarge(bytes: code.count, limit: Self.pageSize)
    }
  }

  /// Makes a shim of code that was built before.
  public init(code: [UInt8]) throws(XIPKernelError) {
    guard code.count <= Self.pageSize else {
      throw .shimTooLarge(bytes: code.count, limit: Self.pageSize)
    }
    self.code = code
  }
}
