import Host
import SystemPackage
import TestSupport

@testable import XIPKernel

/// Whether this machine can build MIPS programs, as the tests' fixtures are.
let canCrossBuild = ["mipsel-linux-gnu-gcc", "mips-linux-gnu-gcc"].allSatisfy {
  Command($0).resolved() != nil
}

/// Returns the ELF file that the linker makes of `assembly` with `script`.
func linked(_ assembly: String, script: String, _ byteOrder: ByteOrder = .little) async throws -> [UInt8] {
  let prefix = byteOrder == .little ? "mipsel-linux-gnu-" : "mips-linux-gnu-"
  return try await withTemporaryDirectory { directory in
    try Files.write(Array(assembly.utf8), to: directory.appending("a.S"))
    try Files.write(Array(script.utf8), to: directory.appending("a.lds"))
    _ = try await Command(
      prefix + "gcc", ["-mips32r2", "-mabi=32", "-fno-pic", "-mno-abicalls", "-c", "-o", "a.o", "a.S"],
      in: directory
    ).output()
    _ = try await Command(
      prefix + "ld", ["-T", "a.lds", "--no-warn-rwx-segments", "-o", "a", "a.o"], in: directory
    )
    .output()
    return try Files.read(directory.appending("a"))
  }
}

extension SmallKernel {
  /// Returns the ELF file.
  func built(_ byteOrder: ByteOrder = .little) async throws -> ELFFile {
    try ELFFile(try await linked(assembly, script: script, byteOrder))
  }
}
