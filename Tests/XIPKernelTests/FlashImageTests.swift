import TestSupport
import Testing

@testable import XIPKernel

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct FlashImageTests {
  @Test(arguments: ByteOrder.allCases)
  func theShimIsToldTheEntryAndTheMemoryInTheTargetsOrder(byteOrder: ByteOrder) async throws {
    let kernel = try await SmallKernel().built(byteOrder)
    let shim = try BootShim(code: Array(repeating: 0xaa, count: 0x40))
    let image = try FlashImage(kernel: kernel, shim: shim, memory: 0x0800_0000)
    let little: [UInt8] = [0x00, 0x10, 0x00, 0x9e, 0x00, 0x00, 0x00, 0x08]
    let big: [UInt8] = [0x9e, 0x00, 0x10, 0x00, 0x08, 0x00, 0x00, 0x00]
    #expect(Array(image.bytes[0x14..<0x1c]) == (byteOrder == .little ? little : big))
    #expect(image.bytes[..<0x14].allSatisfy { $0 == 0xaa })
    #expect(image.bytes[0x40..<0x1000].allSatisfy { $0 == 0xff })
  }

  @Test func onlyTheSwappedWindowOfALittleEndianImageIsSwapped() async throws {
    let kernel = try await SmallKernel(moreROM: ".big : { . += 0x3e4000; LONG(0x11223344) } :rom").built()
    let image = try FlashImage(kernel: kernel, shim: BootShim(code: []))
    let swapped = image.biosBytes
    #expect(swapped.count == image.bytes.count)
    #expect(Array(swapped[0x14..<0x18]) == image.bytes[0x14..<0x18].reversed())
    #expect(swapped[0x3dfffc..<0x3e0000].elementsEqual(image.bytes[0x3dfffc..<0x3e0000].reversed()))
    #expect(swapped[0x3e0000...] == image.bytes[0x3e0000...])
    let mark = try #require(image.bytes.firstRange(of: [0x44, 0x33, 0x22, 0x11] as [UInt8]))
    #expect(mark.lowerBound > 0x3e0000)
  }

  @Test func aBigEndianImageIsNotSwapped() async throws {
    let image = try FlashImage(kernel: try await SmallKernel().built(.big), shim: BootShim(code: []))
    #expect(image.biosBytes == image.bytes)
  }

  @Test func anImageAsLargeAsTheFlashFitsAndOneByteMoreDoesNot() async throws {
    let kernel = try await SmallKernel().built()
    let rest = FlashImage.capacity - (try FlashImage(kernel: kernel, shim: BootShim(code: []))).bytes.count
    let full = SmallKernel(afterROM: ". += \(rest); __data_loc = .;")
    #expect(
      try FlashImage(kernel: await full.built(), shim: BootShim(code: [])).bytes.count == FlashImage.capacity)
    let over = try await SmallKernel(afterROM: ". += \(rest) + 1; __data_loc = .;").built()
    let error = #expect(throws: XIPKernelError.self) {
      try FlashImage(kernel: over, shim: BootShim(code: []))
    }
    guard case .imageTooLarge(_, FlashImage.capacity) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aSectionFarAwayMakesTooLargeAnImage() async throws {
    let kernel = try await SmallKernel(afterData: ".far 0x80500000 : { LONG(1) } :ram").built()
    #expect(throws: XIPKernelError.self) { try FlashImage(kernel: kernel, shim: BootShim(code: [])) }
  }
}

@Test func aShimThatOutgrowsItsPageIsRefused() throws {
  _ = try BootShim(code: Array(repeating: 0, count: 0x1000))
  #expect(throws: XIPKernelError.self) { try BootShim(code: Array(repeating: 0, count: 0x1001)) }
}
