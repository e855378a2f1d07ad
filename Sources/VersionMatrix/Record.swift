public import FlashCost
public import Host
public import SystemPackage
public import Versions

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `kernel-versions.json`: the versions of the matrix, and what became of each.
///
/// Versions stand in the order of their releases and keys in that of the alphabet, so that a git diff of the file
/// shows what changed and nothing else.
public struct Record: Hashable, Sendable {
  /// The format's number; a file with another is refused.
  public static let schema = 1

  /// A version of the matrix and its results, one a toolchain.
  public struct Entry: Codable, Hashable, Sendable {
    /// The release's tag.
    public var version: String
    /// Sorted by toolchain; empty for a version that has not been run.
    public var results: [VersionResult]
  }

  /// One entry a version, in the order of releases.
  public private(set) var entries: [Entry]

  /// Makes a record of `results`, and of no other versions.
  public init(_ results: [VersionResult] = []) {
    let byVersion = Dictionary(grouping: results, by: \.version)
    entries = byVersion.map { Entry(version: $0.key, results: []) }.inOrder
    for index in entries.indices {
      for result in byVersion[entries[index].version] ?? [] { entries[index].take(result) }
    }
  }

  private init(entries: [Entry]) {
    self.entries = entries
  }

  /// The versions listed.
  public var versions: [Version] { entries.compactMap { Version($0.version) } }

  /// Returns what is on record for `version` with `toolchain`.
  public func result(_ version: String, toolchain: String) -> VersionResult? {
    entries.first { $0.version == version }?.results.first { $0.toolchain == toolchain }
  }

  /// Returns what is on record of other releases' kernels that are the same but for the release's name, the highest
  /// rung first; nil where none of them booted, or one did not pass.
  func result(linked: String, ofOthersThan version: String) -> VersionResult? {
    let alike = entries.filter { $0.version != version }.flatMap(\.results)
      .filter { $0.linked == linked && ($0.rung ?? .fetched) >= .laidOut }
    guard alike.allSatisfy({ $0.verdict == .pass }) else { return nil }
    return alike.filter { $0.rung == .booted || $0.rung == .proved }
      .max { ($0.rung ?? .fetched) < ($1.rung ?? .fetched) }
  }

  /// Takes `result` in, in the place of what the record had for its version and toolchain.
  ///
  /// A retry never raises a verdict: of two results of the same content key, of which one failed and one passed, the
  /// failure stands at its rung and is called flaky.
  ///
  /// - Returns: The result as it now stands in the record.
  @discardableResult
  public mutating func take(_ result: VersionResult) -> VersionResult {
    var result = result
    if let before = self.result(result.version, toolchain: result.toolchain), let key = before.key,
      key == result.key
    {
      // What takes further kernels is not looked at each time.
      result.applications = result.applications ?? before.applications
      // What was measured holds for the same content, whoever climbs again.
      result.costs = result.costs ?? before.costs
      switch (before.verdict, result.verdict) {
      case (.fail, .pass):
        result.verdict = .fail
        result.rung = before.rung
        result.tries = before.tries
        result.log = before.log
        result.reason = Self.flakyReason(before.reason)
        result.flaky = true
      case (.pass, .fail):
        result.reason = Self.flakyReason(result.reason)
        result.flaky = true
      case (.fail, .fail) where before.flaky ?? false && !(result.flaky ?? false):
        result.tries = before.tries
        result.reason = Self.flakyReason(result.reason)
        result.flaky = true
      default: break
      }
    }
    replace(result)
    return result
  }

  /// Puts `result` in the place of what the record had for its version and toolchain.
  private mutating func replace(_ result: VersionResult) {
    if let index = entries.firstIndex(where: { $0.version == result.version }) {
      entries[index].take(result)
    } else {
      entries = (entries + [Entry(version: result.version, results: [result])]).inOrder
    }
  }

  /// Puts what was measured into the result of the same content.
  ///
  /// - Returns: Whether there is one.
  public mutating func take(_ costs: Costs, of measured: VersionResult) -> Bool {
    guard var result = result(measured.version, toolchain: measured.toolchain), let key = result.key,
      key == measured.key
    else { return false }
    result.costs = costs
    replace(result)
    return true
  }

  /// Lists `version`, without a result, unless it is listed already.
  public mutating func list(_ version: Version) {
    guard !entries.contains(where: { $0.version == version.tag }) else { return }
    entries = (entries + [Entry(version: version.tag, results: [])]).inOrder
  }

  /// Returns how many seconds a climb of `version` to `goal` is to be expected to take: as many as the last one took,
  /// else what is usual among the other versions of the toolchain, nil where nothing is known.
  func expectedSeconds(_ version: String, toolchain: String, goal: Rung) -> Double? {
    func total(_ result: VersionResult) -> Double? {
      guard let rung = result.rung, rung >= goal else { return nil }
      return result.seconds.reduce(0) { sum, step in
        Rung(rawValue: step.key).map { $0 <= goal } ?? false ? sum + step.value : sum
      }
    }
    if let own = result(version, toolchain: toolchain).flatMap(total) { return own }
    let others = entries.flatMap(\.results).filter { $0.toolchain == toolchain }.compactMap(total).sorted()
    return others.isEmpty ? nil : others[others.count / 2]
  }

  /// Takes in what `other`, a copy of this record that another machine went on with, has more or newer.
  public mutating func merge(_ other: Record) {
    for entry in other.entries {
      if let version = Version(entry.version) { list(version) }
      for result in entry.results {
        guard let mine = self.result(result.version, toolchain: result.toolchain), mine.date >= result.date
        else {
          take(result)
          continue
        }
        // The newer one counts, but not for more than an older one of the same content.
        replace(result)
        take(mine)
      }
    }
  }

  /// Returns the reason of a failure of what passed in another run.
  private static func flakyReason(_ reason: String?) -> String {
    let reason = reason ?? "failed"
    return reason.hasPrefix("flaky: ") ? reason : "flaky: passed in another run, but: \(reason)"
  }
}

extension Record {
  /// Reads the record at `path`.
  ///
  /// - Returns: The record as it stands in the file.
  /// - Throws: `RecordError` that names the line of what is missing or of the wrong type.
  public static func load(_ path: FilePath) throws(RecordError) -> Record {
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path)
    } catch {
      throw .unreadable(error)
    }
    return try Record(bytes, at: path)
  }

  /// Reads the bytes of a record, which are those of the file at `path`.
  ///
  /// - Throws: `RecordError` that names the line of what is missing or of the wrong type.
  init(_ bytes: [UInt8], at path: FilePath) throws(RecordError) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw RecordError(error, in: JSONText(bytes), path)
    } catch {
      throw .malformed(path, line: 1, problem: "\(error)")
    }
    let text = JSONText(bytes)
    if let (name, line) = text.duplicate {
      throw .malformed(path, line: line, problem: "\"\(name)\" stands twice in one object")
    }
    guard file.schema == Self.schema else {
      throw .malformed(
        path, line: text.line(of: [Step("schema")]),
        problem: "schema \(file.schema) is not \(Self.schema), the one this tool writes")
    }
    var seen: Set<String> = []
    for (index, entry) in file.versions.enumerated() {
      // Only what is wrong is looked for: finding a line reads the text up to it.
      var line: Int { text.line(of: [Step("versions"), Step(index), Step("version")]) }
      guard let version = Version(entry.version), version.tag == entry.version else {
        throw .malformed(
          path, line: line, problem: "\"\(entry.version)\" is not a release's tag such as v6.12.38")
      }
      guard seen.insert(entry.version).inserted else {
        throw .malformed(path, line: line, problem: "\(entry.version) is listed twice")
      }
      var toolchains: Set<String> = []
      for (number, result) in entry.results.enumerated() {
        func line(_ field: String) -> Int {
          text.line(of: [Step("versions"), Step(index), Step("results"), Step(number), Step(field)])
        }
        guard result.version == entry.version else {
          throw .malformed(
            path, line: line("version"),
            problem: "a result of \(result.version) stands under \(entry.version)")
        }
        guard toolchains.insert(result.toolchain).inserted else {
          throw .malformed(
            path, line: line("toolchain"),
            problem: "\(entry.version) has two results of \(result.toolchain)")
        }
      }
    }
    self.init(entries: file.versions.inOrder)
  }

  /// Writes the record to `path`, whole or not at all.
  public func save(_ path: FilePath) throws(RecordError) {
    do {
      try Files.write(try bytes, to: path)
    } catch let failure as FileFailure {
      throw .unreadable(failure)
    } catch {
      throw .malformed(path, line: 1, problem: "\(error)")
    }
  }

  /// The record as it stands in its file.
  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(File(schema: Self.schema, versions: entries))) + [UInt8(ascii: "\n")]
    }
  }

  /// Adds `result` to the record at `path` under a lock, so that two runs at once both leave their results.
  ///
  /// - Returns: The result as it now stands in the record.
  public static func add(_ result: VersionResult, to path: FilePath) throws(RecordError) -> VersionResult {
    try change(path) { $0.take(result) }
  }

  /// Adds `result` to the record at `path` unless that has a result of another series there, which stays.
  public static func fill(_ result: VersionResult, in path: FilePath) throws(RecordError) {
    try change(path) { record in
      let before = record.result(result.version, toolchain: result.toolchain)
      guard before.map({ $0.series == result.series }) ?? true else { return }
      record.take(result)
    }
  }

  /// Changes the record at `path` under a lock, so that two changes at once both last.
  ///
  /// - Returns: What `body` returns.
  @discardableResult
  public static func change<Value>(
    _ path: FilePath, _ body: (inout Record) -> Value
  ) throws(RecordError) -> Value {
    let lock: FileLock
    do {
      lock = try FileLock(waitingForDirectory: path.removingLastComponent())
    } catch {
      throw .unreadable(error)
    }
    var record = try load(path)
    let before = record
    let value = body(&record)
    if record != before { try record.save(path) }
    _ = consume lock
    return value
  }

  private struct File: Codable {
    let schema: Int
    let versions: [Entry]
  }
}

extension Record.Entry {
  /// Puts `result` in the place of what the entry had for its toolchain.
  fileprivate mutating func take(_ result: VersionResult) {
    results.removeAll { $0.toolchain == result.toolchain }
    results.append(result)
    results.sort { $0.toolchain < $1.toolchain }
  }
}

extension [Record.Entry] {
  /// The entries, the oldest release first, with the results of each in the order of their toolchains.
  fileprivate var inOrder: Self {
    map { entry in
      let results = entry.results.sorted { $0.toolchain < $1.toolchain }
      return (Version(entry.version) ?? Version(0, 0), Record.Entry(version: entry.version, results: results))
    }
    .sorted { $0.0 < $1.0 }.map(\.1)
  }
}

/// What is wrong with the record.
public enum RecordError: Failure {
  /// The file cannot be read or written.
  case unreadable(FileFailure)
  /// A line of it does not say what it must.
  case malformed(FilePath, line: Int, problem: String)

  /// The user's for a malformed file.
  public var blame: Blame {
    switch self {
    case .unreadable(let failure): failure.blame
    case .malformed: .usage
    }
  }

  /// File, line and problem.
  public var description: String {
    switch self {
    case .unreadable(let failure): failure.description
    case .malformed(let path, let line, let problem): "\(path):\(line): \(problem)"
    }
  }

  fileprivate init(_ error: DecodingError, in text: JSONText, _ path: FilePath) {
    func name(_ key: any CodingKey) -> String {
      key.intValue.map { "element \($0)" } ?? "\"\(key.stringValue)\""
    }
    switch error {
    case .keyNotFound(let key, let context):
      self = .malformed(path, line: text.line(of: context.codingPath), problem: "\(name(key)) is missing")
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      self = .malformed(
        path, line: text.line(of: context.codingPath),
        problem: "\(context.codingPath.last.map(name) ?? "the document") is not \(Self.english(type))")
    case .dataCorrupted(let context):
      let detail = (context.underlyingError as? any CustomDebugStringConvertible)?.debugDescription
      self = .malformed(
        path, line: text.line(of: context.codingPath), problem: detail ?? context.debugDescription)
    @unknown default:
      self = .malformed(path, line: 1, problem: "\(error)")
    }
  }

  private static func english(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Int.Type: "a whole number"
    case is Double.Type: "a number"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list"
    default: "what belongs there (\(type))"
    }
  }
}

/// A step of a path into a JSON document.
private struct Step: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(_ name: String) {
    stringValue = name
    intValue = nil
  }

  init(_ index: Int) {
    stringValue = "\(index)"
    intValue = index
  }

  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { self.init(intValue) }
}
