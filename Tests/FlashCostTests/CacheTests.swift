import Testing

@testable import FlashCost

@Suite("A cache")
struct CacheTests {
  /// Two ways, 64 sets: lines 64 apart meet in one set.
  private static let small = CacheGeometry(bytes: 4096, ways: 2)

  @Test("holds what fits, and throws out what was touched longest ago")
  func replacement() {
    var cache = Cache(Self.small)
    // On paper, set 0 after each: 0 | 64 0 | 0 64 | 128 0 (64 goes) | 0 128 | 64 0 (128 goes) | 128 64 (0 goes).
    let lines: [UInt32] = [0, 64, 0, 128, 0, 64, 128]
    let expected = [false, false, true, false, true, false, false]
    // The line 1 is of another set, and has nothing to do with it.
    var held: [Bool] = []
    for line in lines + [1, 1] { held.append(cache.touch(line, index: line)) }
    #expect(held == expected + [false, true])
  }

  @Test("does the same as a list of touches that is searched through")
  func differential() {
    for geometry in [Self.small, CacheGeometry(bytes: 8192, ways: 4), CacheGeometry(bytes: 2048, ways: 1)] {
      var cache = Cache(geometry)
      var naive = NaiveCache(geometry)
      var random = SmallGenerator(state: 7)
      for _ in 0..<20_000 {
        // Close to each other, so that sets fill up, and a line may be looked up in two places.
        let line = random.next(below: 1000)
        let index = random.next(below: 8) == 0 ? line ^ 128 : line
        let isHeld = cache.touch(line, index: index)
        let expected = naive.touch(line, index: index)
        #expect(isHeld == expected)
      }
    }
  }

  @Test("misses as much of a trace that was stripped as of the whole")
  func stripped() {
    let geometry = CacheGeometry(bytes: 16384, ways: 4)
    var (whole, rest) = (Cache(geometry), Cache(geometry))
    var filter = [UInt32](repeating: .max, count: CacheGeometry.leastSets)
    var (misses, restMisses, left) = (0, 0, 0)
    var random = SmallGenerator(state: 3)
    var place: UInt32 = 0
    for _ in 0..<50_000 {
      place = random.next(below: 20) == 0 ? random.next(below: 3000) : place + random.next(below: 2)
      if !whole.touch(place, index: place) { misses += 1 }
      let set = Int(place) % filter.count
      if filter[set] == place { continue }
      filter[set] = place
      left += 1
      if !rest.touch(place, index: place) { restMisses += 1 }
    }
    #expect(misses == restMisses)
    #expect(left < 40_000, "the filter left nothing out")
  }

  @Test("is refused where the trace would not tell enough of it")
  func problems() {
    #expect(CacheGeometry(bytes: 65536, ways: 4).problem == nil)
    #expect(CacheGeometry(bytes: 32768, ways: 1).problem == nil)
    #expect(CacheGeometry(bytes: 65536, ways: 1).problem != nil, "its index has bits that the trace lacks")
    #expect(CacheGeometry(bytes: 2048, ways: 2).problem != nil, "32 sets")
    #expect(CacheGeometry(bytes: 3000, ways: 2).problem != nil)
    #expect(CacheGeometry(bytes: 0, ways: 0).problem != nil)
    #expect(
      Caches(code: CacheGeometry(bytes: 65536, ways: 4), data: CacheGeometry(bytes: 32768, ways: 4)).name
        == "64k4+32k4")
  }
}

/// All touches of a set in order; a line is held if fewer others than ways came since it was touched.
private struct NaiveCache {
  let geometry: CacheGeometry
  var touches: [UInt32: [UInt32]] = [:]

  init(_ geometry: CacheGeometry) { self.geometry = geometry }

  mutating func touch(_ line: UInt32, index: UInt32) -> Bool {
    let set = index % UInt32(geometry.sets)
    let before = touches[set, default: []]
    touches[set] = Array((before + [line]).suffix(400))
    guard let last = before.lastIndex(of: line) else { return false }
    return Set(before[(last + 1)...]).count < geometry.ways
  }
}

/// Numbers that are the same in every run.
private struct SmallGenerator {
  var state: UInt64

  mutating func next(below limit: UInt32) -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(state >> 33) % limit
  }
}
