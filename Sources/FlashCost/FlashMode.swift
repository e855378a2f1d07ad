/// One way of reading a flash, and how long it takes.
public struct FlashMode: Hashable, Codable, Sendable {
  /// A short name, such as `spi-03h-44`.
  public let name: String
  /// What it is called in tables.
  public let title: String
  /// Where its figures are from.
  public let source: String
  private let serial: Serial?
  private let parallel: Parallel?

  /// A flash behind a serial bus: each read starts anew.
  struct Serial: Hashable, Codable, Sendable {
    /// The clocks of command, address, mode and dummy cycles.
    let overheadClocks: Double
    /// The clocks of each byte of data.
    let clocksPerByte: Double
    let megahertz: Double
  }

  /// A flash on a parallel bus.
  struct Parallel: Hashable, Codable, Sendable {
    /// The bytes of one read.
    let bytesPerRead: Int
    /// The time of the first read of a page.
    let firstNanoseconds: Double
    /// The time of each further one.
    let nextNanoseconds: Double
    let pageBytes: Int
  }

  /// Makes a mode of a serial flash.
  init(_ name: String, title: String = "", source: String = "", _ serial: Serial) {
    (self.name, self.title, self.source, self.serial, parallel) = (name, title, source, serial, nil)
  }

  /// The time to read `bytes` bytes, aligned to their size.
  func nanoseconds(for bytes: Int) -> Double {
    if let serial {
      return (serial.overheadClocks + serial.clocksPerByte * Double(bytes)) / serial.megahertz * 1000
    }
    guard let parallel else { return 0 }
    let reads = max(1, bytes / parallel.bytesPerRead)
    let pages = max(1, bytes / parallel.pageBytes)
    return Double(pages) * parallel.firstNanoseconds + Double(reads - pages) * parallel.nextNanoseconds
  }

  /// The time to fill a cache line.
  public var lineNanoseconds: Double { nanoseconds(for: CacheGeometry.lineBytes) }

  /// The time of a read of four bytes past the caches.
  public var wordNanoseconds: Double { nanoseconds(for: 4) }

  /// What is wrong with its figures, or nil.
  var problem: String? {
    switch (serial, parallel) {
    case (let serial?, nil):
      return serial.megahertz > 0 && serial.clocksPerByte > 0 && serial.overheadClocks >= 0
        ? nil : "its clocks are not those of a bus"
    case (nil, let parallel?):
      return parallel.bytesPerRead > 0 && parallel.pageBytes >= parallel.bytesPerRead
        && CacheGeometry.lineBytes % parallel.pageBytes == 0 && parallel.firstNanoseconds > 0
        && parallel.nextNanoseconds > 0 ? nil : "its reads do not make up a line of 32 bytes"
    default: return "it needs either \"serial\" or \"parallel\""
    }
  }
}
