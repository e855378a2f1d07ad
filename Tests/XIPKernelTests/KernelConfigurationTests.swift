import Host
import SystemPackage
import Testing
import Versions

@testable import XIPKernel

private func text(_ lines: String) throws -> ConfigurationText {
  try ConfigurationText(Array(lines.utf8), from: "x.config")
}

@Test func aFragmentOverridesAndComesLast() throws {
  var merged = try text("CONFIG_A=y\nCONFIG_B=\"x=y\"\n# CONFIG_C is not set\n")
  merged.merge(try text("# a comment\n\nCONFIG_C=m\n# CONFIG_A is not set\n"))
  #expect(
    String(decoding: merged.lines, as: UTF8.self) == "CONFIG_B=\"x=y\"\nCONFIG_C=m\n# CONFIG_A is not set\n")
}

@Test func whatANewerTreeHasIsNotAskedOfAnOlderOne() throws {
  let lines = """
    CONFIG_A=y
    # since v5.15
    CONFIG_WERROR=y
    # since v6.2-rc1
    # CONFIG_B is not set
    CONFIG_C=y

    """
  func symbols(_ version: Version?) throws -> [String] {
    try ConfigurationText(Array(lines.utf8), from: "x.config", for: version).symbols
  }
  #expect(try symbols(nil) == ["A", "WERROR", "B", "C"])
  #expect(try symbols(Version(6, 12, 38)) == ["A", "WERROR", "B", "C"])
  #expect(try symbols(Version(6, 2, candidate: 1)) == ["A", "WERROR", "B", "C"])
  #expect(try symbols(Version(6, 1, 176)) == ["A", "WERROR", "C"])
  #expect(try symbols(Version(5, 15)) == ["A", "WERROR", "C"])
  #expect(try symbols(Version(5, 14, 21)) == ["A", "C"])
}

@Test(arguments: [
  ("# since 5-15\nCONFIG_A=y\n", "x.config:1: `5-15` is no version"),
  ("# since v5.15\n\nCONFIG_A=y\n", "x.config:1: no setting follows the line"),
  ("CONFIG_A=y\n# since v5.15\n", "x.config:2: no setting follows the line"),
  ("CONFIG_A=y\n# since v5.15", "x.config:2: no setting follows the line"),
])
func aVersionThatIsAboutNoSettingIsNamedWithItsPlace(lines: String, description: String) {
  let error = #expect(throws: XIPKernelError.self) { try text(lines) }
  #expect(error?.description == description)
}

@Test(arguments: ["CONFIG_A", "A=y", "CONFIG_A y", "CONFIG_A is not set"])
func aLineThatIsNoSettingIsNamedWithItsPlace(line: String) {
  let error = #expect(throws: XIPKernelError.self) { try text("CONFIG_B=y\n\(line)\n") }
  #expect(error?.description == "x.config:2: `\(line)` is no setting")
  #expect(error?.blame == .usage)
}

@Test func theTwinMayDifferInWhatFollowsFromXIPAlone() throws {
  let xip = KernelConfiguration(
    try text("CONFIG_XIP_KERNEL=y\nCONFIG_XIP_PHYS_ADDR=0x1e001000\nCONFIG_A=y\n"))
  let twin = KernelConfiguration(
    try text(
      "# CONFIG_XIP_KERNEL is not set\nCONFIG_HAVE_KPROBES=y\n# CONFIG_KPROBES is not set\nCONFIG_A=y\n"))
  #expect(xip.differences(from: twin) == [])
  #expect(xip.xipAddress == Address(0x1e00_1000))
  #expect(twin.xipAddress == nil)
  let other = KernelConfiguration(try text("CONFIG_JUMP_LABEL=y\nCONFIG_A=m\n"))
  #expect(
    xip.differences(from: other) == [
      "CONFIG_A: y, m in the twin", "CONFIG_JUMP_LABEL: n, y in the twin",
    ])
}

@Test func whatInflatesTheDataMayBeMissingInTheTwinOfAKernelThatDeflatesIt() throws {
  let twin = KernelConfiguration(try text("# CONFIG_XIP_KERNEL is not set\n"))
  let plain = KernelConfiguration(try text("CONFIG_XIP_KERNEL=y\nCONFIG_ZLIB_INFLATE=y\n"))
  #expect(plain.differences(from: twin) == ["CONFIG_ZLIB_INFLATE: y, n in the twin"])
  let deflated = KernelConfiguration(
    try text("CONFIG_XIP_KERNEL=y\nCONFIG_XIP_DEFLATED_DATA=y\nCONFIG_ZLIB_INFLATE=y\n"))
  #expect(deflated.differences(from: twin) == [])
}
