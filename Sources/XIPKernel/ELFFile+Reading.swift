import Host
public import SystemPackage

extension ELFFile {
  /// Reads the ELF file at `path`.
  ///
  /// - Throws: `XIPKernelError` when it cannot be read or is not a 32-bit MIPS program.
  public init(reading path: FilePath) throws(XIPKernelError) {
    let bytes = try XIPKernelError.file { () throws(FileFailure) in try Files.read(path) }
    do { self = try ELFFile(bytes) } catch { throw .malformedELF(path, error) }
  }
}
