/// What the boots of one version were measured to do: what boards have to pay for is made of this.
///
/// All numbers are of the machine that was run, none of this one.
public struct Costs: Codable, Hashable, Sendable {
  /// The number of the way in which this is measured; figures of two numbers are not compared.
  public static let method = 1

  /// The number under which these were measured.
  public var method: Int
  /// The ways of booting, in the order of `BootWay`.
  public var ways: [Way]

  /// Makes the costs of `ways` as they are measured now.
  public init(_ ways: [Way]) {
    method = Self.method
    self.ways = ways
  }

  /// Returns what was measured of one way.
  public subscript(way: BootWay) -> Way? { ways.first { $0.way == way } }

  /// One way of booting.
  public struct Way: Codable, Hashable, Sendable {
    /// Which.
    public var way: BootWay
    /// The bytes in flash, without the shim's page.
    public var flashBytes: Int
    /// The stages in the order in which they came.
    public var stages: [Stage]

    /// Makes what was measured of `way`.
    public init(_ way: BootWay, flashBytes: Int, stages: [Stage]) {
      self.way = way
      self.flashBytes = flashBytes
      self.stages = stages
    }

    /// Returns what was measured of one stage, nil where the way has none.
    public subscript(stage: BootStage) -> Stage? { stages.first { $0.stage == stage } }
  }

  /// One stage of a boot.
  public struct Stage: Codable, Hashable, Sendable {
    /// Which.
    public var stage: BootStage
    /// The counts.
    public var counts: Counts
    /// The lines missed, by the name of the caches.
    public var misses: [String: Misses]

    /// Makes a stage.
    public init(_ stage: BootStage, counts: Counts, misses: [String: Misses]) {
      self.stage = stage
      self.counts = counts
      self.misses = misses
    }
  }

  /// What the processor did, counted whatever the caches.
  public struct Counts: Tally, Hashable, Sendable {
    /// Instructions.
    public var instructions = 0
    /// Of these, those of user space.
    public var userInstructions = 0
    /// Of these, those of functions that wait for a clock or for an interrupt.
    public var waiting = 0
    /// Instructions fetched from flash past the caches.
    public var uncachedFlashFetches = 0
    /// Loads from flash past the caches.
    public var uncachedFlashLoads = 0
    /// Fetches, loads and stores of RAM past the caches.
    public var uncachedRAM = 0
    /// Loads and stores of devices.
    public var devices = 0
    /// Bytes loaded from flash as data.
    public var flashBytes = 0
    /// Bytes loaded from RAM.
    public var ramBytesLoaded = 0
    /// Bytes stored to RAM.
    public var ramBytesStored = 0
    /// Instructions that invalidate lines of code, which the model does not follow.
    public var codeInvalidations = 0
    /// Instructions that invalidate or write back lines of data.
    public var dataInvalidations = 0

    /// Makes counts of nothing.
    public init() {}

    static var fields: [(String, WritableKeyPath<Self, Int>)] {
      [
        ("instructions", \.instructions), ("userInstructions", \.userInstructions), ("waiting", \.waiting),
        ("uncachedFlashFetches", \.uncachedFlashFetches), ("uncachedFlashLoads", \.uncachedFlashLoads),
        ("uncachedRAM", \.uncachedRAM), ("devices", \.devices), ("flashBytes", \.flashBytes),
        ("ramBytesLoaded", \.ramBytesLoaded), ("ramBytesStored", \.ramBytesStored),
        ("codeInvalidations", \.codeInvalidations), ("dataInvalidations", \.dataInvalidations),
      ]
    }
  }

  /// The lines that were fetched from memory, by where they lie.
  public struct Misses: Tally, Hashable, Sendable {
    /// See `Region`.
    public var flashText = 0
    /// See `Region`.
    public var flashData = 0
    /// See `Region`.
    public var ramText = 0
    /// See `Region`.
    public var ramData = 0
    /// See `Region`.
    public var user = 0

    /// Makes a count of nothing.
    public init() {}

    /// The lines of one region.
    public subscript(region: Region) -> Int {
      get { self[keyPath: Self.path(region)] }
      set { self[keyPath: Self.path(region)] = newValue }
    }

    /// The lines that come from flash.
    public var flash: Int { flashText + flashData }
    /// The lines that come from RAM.
    public var ram: Int { ramText + ramData + user }

    static var fields: [(String, WritableKeyPath<Self, Int>)] {
      Region.allCases.map { ($0.rawValue, path($0)) }
    }

    private static func path(_ region: Region) -> WritableKeyPath<Misses, Int> {
      switch region {
      case .flashText: \.flashText
      case .flashData: \.flashData
      case .ramText: \.ramText
      case .ramData: \.ramData
      case .user: \.user
      }
    }
  }
}

/// Numbers that are written down by their names, but for those that are 0.
protocol Tally: Codable {
  init()
  /// The names in a document, and the numbers.
  static var fields: [(String, WritableKeyPath<Self, Int>)] { get }
}

/// The name of a number in a document.
struct TallyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { return nil }
}

extension Tally {
  /// Reads the numbers; one that a machine could not have counted is an error.
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: TallyKey.self)
    for (name, path) in Self.fields {
      let key = TallyKey(name)
      guard let number = try container.decodeIfPresent(Int.self, forKey: key) else { continue }
      guard (0...1 << 53).contains(number) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "\(name) is no count")
      }
      self[keyPath: path] = number
    }
  }

  /// Writes the numbers that are not 0.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TallyKey.self)
    for (name, path) in Self.fields where self[keyPath: path] != 0 {
      try container.encode(self[keyPath: path], forKey: TallyKey(name))
    }
  }
}
