import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct DeflatedDataTests {
  private let address = Address(0x1e00_1000)

  /// Returns what the kernel's makefiles store of `kernel`: `objcopy -O binary`, its end made a gzip file by gzip.
  private func stored(
    _ kernel: ELFFile, image: [UInt8]? = nil, options: [String] = ["-n", "-9"]
  ) async throws -> [UInt8] {
    let image =
      try image ?? Array(FlashImage(kernel: kernel, shim: BootShim(code: [])).bytes[BootShim.pageSize...])
    let data = try #require(kernel.symbol("__data_loc")).address.distance(from: address.kseg0)
    return try await withTemporaryDirectory { directory in
      try Files.write(Array(image[data...]), to: directory.appending("data"))
      _ = try await Command("gzip", options + ["data"], in: directory).output()
      return Array(image[..<data]) + (try Files.read(directory.appending("data.gz")))
    }
  }

  private func failures(_ kernel: ELFFile, _ stored: [UInt8]) -> [String] {
    Layout(kernel, at: address, stored: stored).checks.filter { !$0.passed }.map(\.name)
  }

  @Test(arguments: ByteOrder.allCases)
  func theKernelsOwnImageIsWhatTheELFFileSays(byteOrder: ByteOrder) async throws {
    let kernel = try await SmallKernel().built(byteOrder)
    let stored = try await stored(kernel)
    #expect(failures(kernel, stored) == [])
    let image = try FlashImage(kernel: kernel, stored: stored, shim: BootShim(code: []))
    #expect(Array(image.bytes[BootShim.pageSize...]) == stored)
  }

  @Test func anotherTextFails() async throws {
    let kernel = try await SmallKernel().built()
    var stored = try await stored(kernel)
    stored[8] ^= 1
    #expect(failures(kernel, stored) == ["deflated-data"])
  }

  @Test func theDataOfAnotherBuildFails() async throws {
    let kernel = try await SmallKernel().built()
    let other = try await SmallKernel(ramText: "break").built()
    #expect(failures(kernel, try await stored(other)) == ["deflated-data"])
  }

  @Test func dataThatIsNotDeflatedFails() async throws {
    let kernel = try await SmallKernel().built()
    let image = try FlashImage(kernel: kernel, shim: BootShim(code: []))
    #expect(failures(kernel, Array(image.bytes[BootShim.pageSize...])) == ["deflated-data"])
  }

  @Test func aGzipFileWithAHeaderThatTheKernelDoesNotSkipFails() async throws {
    let kernel = try await SmallKernel().built()
    #expect(failures(kernel, try await stored(kernel, options: ["-N"])) == ["deflated-data"])
  }

  @Test func anImageThatIsLargerThanTheFlashIsJudgedToo() async throws {
    let kernel = try await SmallKernel(moreROM: ".big : { . += 0x400000; LONG(1) } :rom").built()
    let loaded = kernel.loadedSections
    let first = try #require(loaded.map { Int($0.address.value) }.min())
    var image: [UInt8] = []
    for (address, section) in loaded {
      let start = Int(address.value) - first
      image += Array(repeating: 0, count: max(0, start + section.size - image.count))
      image.replaceSubrange(start..<start + section.size, with: kernel.content(of: section))
    }
    #expect(image.count > FlashImage.capacity)
    #expect(failures(kernel, try await stored(kernel, image: image)) == ["image-in-flash"])
  }

  @Test func itsOwnEndDecidesWhetherItFitsTheFlash() async throws {
    // By the ELF file the image ends behind the flash; what is stored of it does not.
    let kernel = try await SmallKernel(
      afterData: ".more : AT(LOADADDR(.data) + SIZEOF(.data)) { . += 0x400000; LONG(1) } :ram"
    ).built()
    #expect(failures(kernel, [1]).contains("image-in-flash") == false)
    #expect(failures(kernel, Array(repeating: 0, count: 0x3f_f001)).contains("image-in-flash"))
    #expect(throws: XIPKernelError.self) { try FlashImage(kernel: kernel, shim: BootShim(code: [])) }
  }
}
