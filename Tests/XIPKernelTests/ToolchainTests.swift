import Host
import Testing
import Versions

@testable import XIPKernel

@Test(arguments: [
  "5.10.13", "5.10.262", "5.11-rc1", "6.1.4", "6.12.107", "6.16.12", "6.17-rc1", "6.17.8", "7.1.13",
])
func everyVersionIsInOneRowOfEachColumn(text: String) throws {
  let version = try #require(Version(text))
  for compiler in Compiler.allCases {
    #expect(Toolchain.table.count { $0.compiler == compiler && $0.contains(version) } == 1)
  }
}

@Test(arguments: [
  ("5.10.262", Assembler.gnu), ("6.1.170", .integrated), ("6.16.12", .integrated), ("6.17.8", .gnu),
])
func clangAssemblesItselfWhereItsAssemblerCan(text: String, assembler: Assembler) throws {
  let version = try #require(Version(text))
  #expect(Toolchain.table.first { $0.compiler == .clang && $0.contains(version) }?.assembler == assembler)
}

@Test func toolchainsThatDifferDoNotShareObjects() {
  var names: Set<String> = []
  for compiler in Compiler.allCases {
    for byteOrder in ByteOrder.allCases {
      for assembler in compiler == .gcc ? [Assembler.gnu] : [.gnu, .integrated] {
        let toolchain = Toolchain(
          compiler: compiler, assembler: assembler, byteOrder: byteOrder, reason: "", versions: [:])
        names.insert(toolchain.directoryName)
      }
    }
  }
  #expect(names.count == 6)
}

@Test func gnuAsIsFoundByItsPrefixWhenClangDoesNotAssemble() {
  let toolchain = Toolchain(compiler: .clang, assembler: .gnu, byteOrder: .big, reason: "", versions: [:])
  #expect(toolchain.makeVariables.contains("LLVM_IAS=0"))
  #expect(toolchain.makeVariables.contains("CROSS_COMPILE=mips-linux-gnu-"))
  #expect(toolchain.makeVariables.contains("CC=clang-19"))
}

@Test func aMissingProgramIsNamedWithItsPackage() {
  let requirements = Toolchain.requirements(.gcc, assembler: .gnu, byteOrder: .little)
  #expect(
    requirements.contains { $0.program == "mipsel-linux-gnu-gcc" && $0.package == "gcc-mipsel-linux-gnu" })
  let error = XIPKernelError.programMissing("mipsel-linux-gnu-gcc", package: "gcc-mipsel-linux-gnu")
  #expect(error.description.contains("mipsel-linux-gnu-gcc is not installed"))
  #expect(error.description.contains("gcc-mipsel-linux-gnu; xip-rebase doctor"))
  #expect(error.blame == .infrastructure)
}
