import Testing

@testable import FlashCost

/// Writes a trace as the plugin does.
struct HandTrace {
  private(set) var bytes: [UInt8] = []
  private var counts = [UInt64](repeating: 0, count: CacheTrace.countersPerMark)

  enum What: UInt32 { case code = 0, data = 1 }

  mutating func touch(_ what: What, _ virtual: UInt32, physical: UInt32? = nil) {
    let physical = physical ?? virtual & 0x1fff_ffff
    put((physical >> 5) << 8 | (virtual >> 12 & 7) << 3 | (virtual < 0x8000_0000 ? 4 : 0) | what.rawValue)
  }

  /// Adds to the counter of a number, in the plugin's order.
  mutating func count(_ counter: Int, _ number: UInt64) { counts[counter] += number }

  mutating func mark(_ number: UInt32) {
    put(number << 8 | 3)
    for count in counts { withUnsafeBytes(of: count) { bytes += $0 } }
  }

  private mutating func put(_ word: UInt32) { withUnsafeBytes(of: word) { bytes += $0 } }
}

@Suite("A trace")
struct CacheTraceTests {
  private static let caches = Caches(
    code: CacheGeometry(bytes: 4096, ways: 2), data: CacheGeometry(bytes: 2048, ways: 1))

  /// The whole of a small boot, whose misses are counted on paper: 64 sets, a set is bits 5 to 10 of the address.
  private static var boot: HandTrace {
    var trace = HandTrace()
    trace.count(0, 100)
    trace.count(3, 90)
    trace.mark(0)
    trace.touch(.code, 0x9e00_1000)  // flash text, set 0: missed
    trace.touch(.data, 0x9e00_2000)  // flash data, set 0: missed
    trace.touch(.data, 0x8000_2000)  // RAM data, set 0 of one way: missed, the line of flash goes
    trace.touch(.data, 0x9e00_2004)  // flash data again: missed
    trace.touch(.code, 0x9e00_101c)  // the same line of code: held
    trace.count(0, 20)
    trace.count(8, 8)
    trace.count(10, 4)
    trace.mark(1)
    trace.touch(.code, 0x8010_0800)  // RAM text, set 0, the second way: missed
    trace.touch(.code, 0x9e00_1800)  // flash text, set 0: missed, the line at 0x9e001000 goes
    trace.touch(.code, 0x8010_0800)  // held
    trace.touch(.code, 0x9e00_1000)  // missed, 0x9e001800 goes
    trace.count(0, 1000)
    trace.count(2, 300)
    trace.count(11, 2)
    trace.mark(CacheTrace.userMark)
    trace.touch(.code, 0x0040_0000, physical: 0x0123_4000)  // user, set 0: missed
    trace.touch(.data, 0x7fff_e020, physical: 0x0055_5020)  // user, set 1: missed
    trace.touch(.data, 0x8055_5020)  // the same line by the kernel's address: held
    trace.count(0, 50)
    trace.count(1, 40)
    trace.mark(CacheTrace.endMark)
    return trace
  }

  @Test("comes to the misses that were counted on paper")
  func paper() throws {
    let stages = try CacheTrace(
      Self.boot.bytes, marks: [.dataCopy, .kernelInit], caches: [Self.caches]
    ).stages
    #expect(stages.map(\.stage) == [.firmware, .dataCopy, .kernelInit, .firstProcess])
    #expect(stages.map(\.counts.instructions) == [100, 20, 1000, 50])
    #expect(stages.map(\.counts.userInstructions) == [0, 0, 0, 40])
    #expect(stages.map(\.counts.waiting) == [0, 0, 300, 0])
    #expect(stages.map(\.counts.uncachedFlashFetches) == [90, 0, 0, 0])
    #expect(stages.map(\.counts.flashBytes) == [0, 8, 0, 0])
    #expect(stages.map(\.counts.ramBytesStored) == [0, 4, 0, 0])
    #expect(stages.map(\.counts.codeInvalidations) == [0, 0, 2, 0])
    let misses = try stages.map { stage in
      let misses = try #require(stage.misses["4k2+2k1"])
      return Region.allCases.map { misses[$0] }
    }
    // Flash text, flash data, RAM text, RAM data, user.
    #expect(misses == [[0, 0, 0, 0, 0], [1, 2, 0, 1, 0], [2, 0, 1, 0, 0], [0, 0, 0, 0, 2]])
  }

  @Test("has a line twice where two virtual addresses of a large way show it")
  func alias() throws {
    var trace = HandTrace()
    trace.mark(0)
    trace.mark(1)
    trace.mark(CacheTrace.userMark)
    // Bit 12 differs: the same page at another colour.
    trace.touch(.data, 0x0040_1000, physical: 0x0010_0000)
    trace.touch(.data, 0x0050_0000, physical: 0x0010_0000)
    trace.touch(.data, 0x0040_1000, physical: 0x0010_0000)
    trace.mark(CacheTrace.endMark)
    func misses(_ data: CacheGeometry) throws -> Int? {
      let caches = Caches(code: Self.caches.code, data: data)
      return try CacheTrace(trace.bytes, marks: [.dataCopy, .kernelInit], caches: [caches]).stages.last?
        .misses.values.first?.user
    }
    #expect(try misses(CacheGeometry(bytes: 32768, ways: 4)) == 2)
    #expect(try misses(CacheGeometry(bytes: 16384, ways: 4)) == 1)
  }

  @Test("that ends early, or lacks a stage, tells so")
  func errors() {
    let whole = Self.boot.bytes
    for length in [0, 3, 50, whole.count - 1] {
      #expect(throws: TraceError.self) {
        try CacheTrace(Array(whole.prefix(length)), marks: [.dataCopy, .kernelInit], caches: [Self.caches])
      }
    }
    #expect(throws: TraceError.self) {
      try CacheTrace(whole, marks: [.dataCopy], caches: [Self.caches])
    }
    var trace = HandTrace()
    trace.mark(0)
    trace.mark(CacheTrace.endMark)
    #expect(throws: TraceError.self) {
      try CacheTrace(trace.bytes, marks: [.dataCopy, .kernelInit], caches: [Self.caches])
    }
  }
}
