public import Host
public import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A board as a data file describes it; every figure says where it is from.
public struct Board: Hashable, Codable, Sendable {
  /// What it is.
  public let title: String
  /// Its processor's core.
  public let core: String
  /// The processor's clock.
  public let megahertz: Figure
  /// The cache for code.
  public let codeCache: SourcedCache
  /// The cache for data.
  public let dataCache: SourcedCache
  /// The cycles that an instruction takes on average when nothing is missed.
  public let cyclesPerInstruction: RangedFigure
  /// The time to fill a cache line from RAM.
  public let ramLineNanoseconds: Figure
  /// How its flash is read by default.
  public let flash: DefaultFlash
  private let schema: Int

  /// A figure and where it is from.
  public struct Figure: Hashable, Codable, Sendable {
    /// The figure, in the unit that its name tells.
    public let value: Double
    /// Where it is from.
    public let source: String
  }

  /// A figure with the range in which it is supposed to lie.
  public struct RangedFigure: Hashable, Codable, Sendable {
    /// The figure.
    public let value: Double
    /// The lower end of its range.
    public let least: Double
    /// The upper end.
    public let most: Double
    /// Where it is from.
    public let source: String
  }

  /// A cache and where its size is from.
  public struct SourcedCache: Hashable, Codable, Sendable {
    /// The bytes it holds.
    public let bytes: Int
    /// The lines that one address may lie in.
    public let ways: Int
    /// Where that is from.
    public let source: String
  }

  /// The name of a mode and why this one.
  public struct DefaultFlash: Hashable, Codable, Sendable {
    /// The mode's name in `flash.json`.
    public let mode: String
    /// Why this one.
    public let source: String
  }

  /// Its caches.
  public var caches: Caches {
    Caches(
      code: CacheGeometry(bytes: codeCache.bytes, ways: codeCache.ways),
      data: CacheGeometry(bytes: dataCache.bytes, ways: dataCache.ways))
  }

  /// What is wrong with its figures, or nil.
  var problem: String? {
    if schema != Boards.schema { return "schema \(schema) is not \(Boards.schema), the one this tool reads" }
    if let problem = caches.problem { return problem }
    let cpi = cyclesPerInstruction
    guard megahertz.value > 0, ramLineNanoseconds.value > 0, 0 < cpi.least, cpi.least <= cpi.value,
      cpi.value <= cpi.most
    else { return "a clock, a time or the cycles of an instruction are out of range" }
    let sources = [
      megahertz.source, codeCache.source, dataCache.source, cpi.source, ramLineNanoseconds.source,
      flash.source,
    ]
    return sources.contains("") ? "a figure does not say where it is from" : nil
  }
}

/// The boards of a directory, and the modes in which their flashes can be read.
public struct Boards: Sendable {
  static let schema = 1

  /// The boards, sorted by their names.
  public let boards: [(name: String, board: Board)]
  /// The modes, the slowest first, as the file has them.
  public let modes: [FlashMode]

  /// Reads `flash.json` and every other JSON file of `directory`, whose names are the boards'.
  ///
  /// - Throws: `BoardError` that names the file and what is wrong with it.
  public init(in directory: FilePath) throws(BoardError) {
    struct Modes: Codable {
      let schema: Int
      let modes: [FlashMode]
    }
    let flash = directory.appending("flash.json")
    let file: Modes = try Self.decode(flash)
    guard file.schema == Self.schema else {
      throw .malformed(flash, problem: "schema \(file.schema) is not \(Self.schema), the one this tool reads")
    }
    for mode in file.modes {
      if let problem = mode.problem { throw .malformed(flash, problem: "\(mode.name): \(problem)") }
    }
    guard Set(file.modes.map(\.name)).count == file.modes.count else {
      throw .malformed(flash, problem: "two modes have one name")
    }
    modes = file.modes

    let names: [String]
    do { names = try Files.list(directory) } catch { throw .unreadable(error) }
    var boards: [(String, Board)] = []
    for name in names.sorted() where name.hasSuffix(".json") && name != "flash.json" {
      let path = directory.appending(name)
      let board: Board = try Self.decode(path)
      if let problem = board.problem { throw .malformed(path, problem: problem) }
      guard file.modes.contains(where: { $0.name == board.flash.mode }) else {
        throw .malformed(path, problem: "flash.json has no mode \(board.flash.mode)")
      }
      boards.append((String(name.dropLast(".json".count)), board))
    }
    self.boards = boards
  }

  /// Returns the board of a name, or nil.
  public subscript(name: String) -> Board? { boards.first { $0.name == name }?.board }

  /// The caches of all boards, each pair once.
  public var caches: [Caches] {
    var all: [Caches] = []
    for (_, board) in boards where !all.contains(board.caches) { all.append(board.caches) }
    return all
  }

  /// Returns the mode in which `board` reads its flash by default.
  public func mode(of board: Board) -> FlashMode {
    guard let mode = modes.first(where: { $0.name == board.flash.mode }) else {
      preconditionFailure("a board that was read has its mode")
    }
    return mode
  }

  private static func decode<Value: Decodable>(_ path: FilePath) throws(BoardError) -> Value {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw .unreadable(error) }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw .malformed(path, problem: Self.problem(error))
    } catch {
      throw .malformed(path, problem: "\(error)")
    }
  }

  private static func problem(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context)): \"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context)): not what belongs there"
    case .dataCorrupted(let context): return "not JSON: \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}

/// What is wrong with the boards' files.
public enum BoardError: Failure {
  /// A file cannot be read.
  case unreadable(FileFailure)
  /// A file does not say what it must.
  case malformed(FilePath, problem: String)

  /// The user's for a malformed file.
  public var blame: Blame {
    switch self {
    case .unreadable(let failure): failure.blame
    case .malformed: .usage
    }
  }

  /// The file and the problem.
  public var description: String {
    switch self {
    case .unreadable(let failure): failure.description
    case .malformed(let path, let problem): "\(path): \(problem)"
    }
  }
}
