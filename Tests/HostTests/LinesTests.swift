import Host
import TestSupport
import Testing

@Test func lineFeedsAreCountedAtAnyLengthAndPlace() {
  var random = Seeded(seed: 1)
  for length in [0, 1, 7, 8, 9, 63, 2039, 2040, 2041, 5000] {
    // All, none, and bytes that differ from a line feed in one bit.
    for kinds in [[0x0a], [0x8a, 0x0b, 0x00], [0x0a, 0x8a, 0xff, 0x0b, 0x2a]] as [[UInt8]] {
      let text = (0..<length).map { _ in kinds[random.below(kinds.count)] }
      #expect(text.withUnsafeBytes { countLineFeeds(in: $0) } == text.count { $0 == 0x0a })
    }
  }
}
