import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing
import XIPKernel

@testable import VersionMatrix

private func ownSeries() throws -> Series { try Series.load(Tool.project.appending("series")) }

@Test func theTargetsAreTheObjectsAndTheLinkerScriptOfWhatTheSeriesChanges() throws {
  let targets = try ownSeries().targets
  #expect(targets.contains("arch/mips/kernel/vmlinux.lds"))
  #expect(targets.contains("arch/mips/kernel/head.o"))
  // Two patches change it.
  #expect(targets.count { $0 == "arch/mips/kernel/setup.o" } == 1)
  #expect(targets.allSatisfy { $0.hasSuffix(".o") || $0.hasSuffix(".lds") })
}

@Test func anErrorInAChangedFileNamesThePatches() throws {
  let series = try ownSeries()
  func failure(_ error: String) -> TouchedFileBroken? {
    TouchedFileBroken(.buildFailed(error: error, log: "/log"), in: series)
  }
  let broken = failure("arch/mips/kernel/head.S:7: Error: unrecognized opcode `xip'")
  #expect(
    broken?.description
      == "arch/mips/kernel/head.S:7: Error: unrecognized opcode `xip'; the log is /log; "
      + "changed by 0003-mips-head-xip-data-copy.patch")
  #expect(broken?.blame == .version)
  #expect(failure("mm/slub.c:7:1: error: x") == nil)
  #expect(TouchedFileBroken(.programMissing("make", package: "make"), in: series) == nil)
}
