public import Host

/// What `measure/trace.c` wrote of one run, read into stages and put through the caches of any number of boards.
public struct CacheTrace: Sendable {
  /// The stages in the order in which they came, each with what the caches missed in it.
  public let stages: [Costs.Stage]

  /// Reads a trace.
  ///
  /// - Parameters:
  ///   - bytes: The plugin's output, words in the order of this machine.
  ///   - stages: What each of the plugin's marks begins, in the marks' order; the firmware's stage comes before
  ///     them, the first process's is told by itself.
  ///   - caches: The caches to model.
  /// - Throws: `TraceError` when the trace ends early, or the run did not come by a mark.
  public init(_ bytes: [UInt8], marks stages: [BootStage], caches: [Caches]) throws(TraceError) {
    var reading = Reading(marks: stages, caches: caches)
    let failure: TraceError? = bytes.withUnsafeBytes { bytes in
      do throws(TraceError) {
        try reading.read(bytes)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
    self.stages = reading.stages
  }

  /// The number of counts that follow a mark.
  static let countersPerMark = 13

  /// The marks that have no address.
  static let userMark: UInt32 = 0xff_fffe
  static let endMark: UInt32 = 0xff_ffff
}

/// Why a trace tells nothing.
public enum TraceError: Failure {
  /// It ends in the middle, or without the mark of its end.
  case cut
  /// The run never came to a stage.
  case missing(BootStage)
  /// It has a mark that was not asked for.
  case unknownMark(UInt32)

  /// The kernel's where it did not come that far, else that of the plugin or of a full disk.
  public var blame: Blame {
    switch self {
    case .missing: .version
    case .cut, .unknownMark: .infrastructure
    }
  }

  /// What is wrong.
  public var description: String {
    switch self {
    case .cut: "the plugin's trace ends early; is the disk full?"
    case .missing(let stage): "the boot never came to the stage \(stage.rawValue)"
    case .unknownMark(let number): "the plugin's trace has a mark \(number) that was not asked for"
    }
  }
}

/// The reading of a trace from its beginning to its end.
private struct Reading {
  private let marks: [BootStage]
  private let names: [String]
  private var models: [(code: Cache, data: Cache, misses: Costs.Misses)]
  private var stage = BootStage.firmware
  private var before = [UInt64](repeating: 0, count: CacheTrace.countersPerMark)
  private(set) var stages: [Costs.Stage] = []

  init(marks: [BootStage], caches: [Caches]) {
    self.marks = marks
    names = caches.map(\.name)
    models = caches.map { (Cache($0.code), Cache($0.data), Costs.Misses()) }
  }

  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(TraceError) {
    var offset = 0
    while offset + 4 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      offset += 4
      guard word & 3 == 3 else {
        touch(word)
        continue
      }
      guard offset + 8 * CacheTrace.countersPerMark <= bytes.count else { throw .cut }
      var counters: [UInt64] = []
      for _ in 0..<CacheTrace.countersPerMark {
        counters.append(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
      }
      close(counters)
      switch word >> 8 {
      case CacheTrace.endMark:
        for wanted in marks + [.firstProcess] where !stages.contains(where: { $0.stage == wanted }) {
          throw .missing(wanted)
        }
        return
      case CacheTrace.userMark: stage = .firstProcess
      case let number where number < marks.count: stage = marks[Int(number)]
      case let number: throw .unknownMark(number)
      }
    }
    throw .cut
  }

  /// Ends a stage at a mark with `counters`.
  private mutating func close(_ counters: [UInt64]) {
    var counts = Costs.Counts()
    for (index, field) in Self.fields.enumerated() {
      counts[keyPath: field] += Int(clamping: counters[index] &- before[index])
    }
    var misses: [String: Costs.Misses] = [:]
    for index in models.indices {
      misses[names[index]] = models[index].misses
      models[index].misses = Costs.Misses()
    }
    stages.append(Costs.Stage(stage, counts: counts, misses: misses))
    before = counters
  }

  /// Where the counts of a mark go, in the plugin's order.
  private static var fields: [WritableKeyPath<Costs.Counts, Int>] {
    [
      \.instructions, \.userInstructions, \.waiting, \.uncachedFlashFetches, \.uncachedRAM,
      \.uncachedFlashLoads,
      \.uncachedRAM, \.devices, \.flashBytes, \.ramBytesLoaded, \.ramBytesStored, \.codeInvalidations,
      \.dataInvalidations,
    ]
  }

  /// Puts a line through all caches.
  private mutating func touch(_ word: UInt32) {
    let isCode = word & 3 == 0
    let line = word >> 8
    // Bits 12 to 14 of the address, 7 to 9 of the line, are the virtual one's.
    let index = line & ~0x380 | (word >> 3 & 7) << 7
    for model in models.indices {
      let isHeld =
        isCode
        ? models[model].code.touch(line, index: index) : models[model].data.touch(line, index: index)
      if !isHeld { models[model].misses[Self.region(of: word)] += 1 }
    }
  }

  /// Malta's flash, in lines, where it is and where it shows at reset.
  private static let flash: Range<UInt32> = 0x1e00_0000 / 32..<0x1e40_0000 / 32
  private static let resetFlash: Range<UInt32> = 0x1fc0_0000 / 32..<0x2000_0000 / 32

  private static func region(of word: UInt32) -> Region {
    if word & 4 != 0 { return .user }
    let isCode = word & 3 == 0
    let line = word >> 8
    if flash.contains(line) || resetFlash.contains(line) { return isCode ? .flashText : .flashData }
    return isCode ? .ramText : .ramData
  }
}
