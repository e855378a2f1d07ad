/// The size and shape of one cache.
public struct CacheGeometry: Hashable, Codable, Sendable {
  /// The bytes it holds.
  public let bytes: Int
  /// The lines that one address may lie in.
  public let ways: Int

  /// Makes a cache of `bytes` in `ways` ways.
  public init(bytes: Int, ways: Int) {
    self.bytes = bytes
    self.ways = ways
  }

  /// The bytes of a line: what all boards that are modelled have, and what the trace is written in.
  public static let lineBytes = 32

  /// The least number of sets: what a cache of fewer would miss, the trace may have left out.
  static let leastSets = 64

  /// The most bytes in a way: the trace tells the virtual address up to there.
  static let mostWayBytes = 32 * 1024

  /// How many places an address is looked up in by its bits.
  public var sets: Int { bytes / Self.lineBytes / max(ways, 1) }

  /// What keeps the cache from being modelled, or nil.
  public var problem: String? {
    guard ways > 0, bytes > 0, sets * ways * Self.lineBytes == bytes, sets & (sets - 1) == 0 else {
      return "\(bytes) bytes in \(ways) ways are no power of two of sets of \(Self.lineBytes)-byte lines"
    }
    if sets < Self.leastSets {
      return "it has \(sets) sets, fewer than the \(Self.leastSets) that can be modelled"
    }
    if bytes / ways > Self.mostWayBytes {
      return "a way has \(bytes / ways) bytes, more than the \(Self.mostWayBytes) that can be modelled"
    }
    return nil
  }
}

/// The caches of a processor: one for code, one for data.
public struct Caches: Hashable, Codable, Sendable {
  /// The one for code.
  public let code: CacheGeometry
  /// The one for data.
  public let data: CacheGeometry

  /// Makes the pair.
  public init(code: CacheGeometry, data: CacheGeometry) {
    self.code = code
    self.data = data
  }

  /// What keeps them from being modelled, or nil.
  public var problem: String? {
    code.problem.map { "code cache: \($0)" } ?? data.problem.map { "data cache: \($0)" }
  }

  /// Their name in the record, such as `64k4+32k4`: size and ways of the one for code, then of the one for data.
  public var name: String {
    [code, data].map { "\($0.bytes / 1024)k\($0.ways)" }.joined(separator: "+")
  }
}
