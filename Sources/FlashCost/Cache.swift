/// A cache whose lines are replaced least recently used first, indexed by virtual and told apart by physical address.
///
/// It knows which lines it holds, not what is in them. A line that is stored to is held like one that is loaded.
struct Cache: Sendable {
  private let ways: Int
  private let setMask: UInt32
  /// The lines of each set, the one touched last first.
  private var lines: [UInt32]

  /// No line: its number is beyond every physical address.
  private static let nothing = UInt32.max

  /// Makes an empty cache.
  init(_ geometry: CacheGeometry) {
    ways = geometry.ways
    setMask = UInt32(geometry.sets - 1)
    lines = Array(repeating: Self.nothing, count: geometry.sets * geometry.ways)
  }

  /// Touches a line, which is held from then on.
  ///
  /// - Parameters:
  ///   - line: The physical address, in lines.
  ///   - index: The address that it is looked up by, in lines; of it the lowest bits count.
  /// - Returns: Whether it was held before.
  mutating func touch(_ line: UInt32, index: UInt32) -> Bool {
    let first = Int(index & setMask) * ways
    if lines[first] == line { return true }
    var place = 1
    while place < ways, lines[first + place] != line { place += 1 }
    let isHeld = place < ways
    // What lies before it moves back by one; the last one goes if it was not held.
    var next = min(place, ways - 1)
    while next > 0 {
      lines[first + next] = lines[first + next - 1]
      next -= 1
    }
    lines[first] = line
    return isHeld
  }
}
