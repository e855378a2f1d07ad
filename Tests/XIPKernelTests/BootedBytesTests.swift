import Testing

@testable import XIPKernel

private func plain(_ text: String, _ byteOrder: ByteOrder = .little) -> [UInt8] {
  BootedBytes.withoutRelease(Array(text.utf8), byteOrder)
}

@Test func theReleasesNameIsLeftOutWhereverItStands() {
  let text = "code Linux version 6.12.94 (xip) more 6.12.94\0 end"
  #expect(plain(text) == plain(text.replacing("6.12.94", with: "6.12.57")))
  #expect(plain(text) != plain(text.replacing("code", with: "c0de")))
  // What else looks like a name stays.
  #expect(plain(text + "6.1") != plain(text + "6.2"))
}

@Test func withoutABannerNothingIsLeftOut() {
  #expect(plain("6.12.94") == Array("6.12.94".utf8))
  #expect(plain("Linux version ") == Array("Linux version ".utf8))
  #expect(plain("") == [])
}

@Test(arguments: ByteOrder.allCases)
func buildIDsAndTheNumberInTheVDSOAreLeftOut(byteOrder: ByteOrder) {
  func note(_ numbers: [UInt32], _ name: String, _ content: [UInt8]) -> [UInt8] {
    [1, 2, 3] + numbers.flatMap { byteOrder.bytes(of: $0) } + Array(name.utf8) + content + [9]
  }
  let id = note([4, 20, 3], "GNU\0", Array(repeating: 7, count: 20))
  #expect(
    BootedBytes.withoutRelease(id, byteOrder)
      == note([4, 20, 3], "GNU\0", Array(repeating: 0, count: 20)))
  let number = note([6, 4, 0], "Linux\0\0\0", [1, 2, 3, 4])
  #expect(
    BootedBytes.withoutRelease(number, byteOrder) == note([6, 4, 0], "Linux\0\0\0", [0, 0, 0, 0]))
  let other = note([4, 4, 3], "GNU\0", [1, 2, 3, 4])
  #expect(BootedBytes.withoutRelease(other, byteOrder) == other)
  // A note that the end of the bytes cuts off.
  #expect(BootedBytes.withoutRelease(Array(number.dropLast(3)), byteOrder).count == number.count - 3)
}
