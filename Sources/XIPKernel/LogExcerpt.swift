import Host
import SystemPackage

/// The part of a log that tells of a failure, small enough for the record.
public struct LogExcerpt: Hashable, Sendable {
  /// The lines, joined by line feeds: no escape sequences, no control characters but tabs.
  public let text: String

  /// The most lines that are taken.
  public static let lineLimit = 32
  /// The most bytes that are taken.
  public static let byteLimit = 4096
  /// How much of a log's end is searched.
  static let searchedBytes = 1 << 18

  /// Takes from a log the lines around the first that ends in `error`, or its last lines where none does.
  ///
  /// - Parameters:
  ///   - log: The log's bytes.
  ///   - error: The end of the line that matters, or nil when the end of the log does.
  public init(_ log: [UInt8], around error: String? = nil) {
    let feed = UInt8(ascii: "\n")
    var lines = log.suffix(Self.searchedBytes).split(separator: feed).map(Self.plain)
    lines.removeAll { $0.allSatisfy(\.isWhitespace) }
    var end = lines.count
    if let error, let line = lines.firstIndex(where: { $0.hasSuffix(error) }) {
      // What comes before an error says where, what follows what is wrong there.
      end = min(lines.count, line + Self.lineLimit * 3 / 4)
    }
    var kept: [String] = []
    var size = 0
    for line in lines[..<end].suffix(Self.lineLimit).reversed() {
      guard size + line.utf8.count + 1 <= Self.byteLimit else {
        if kept.isEmpty { kept.append(String(decoding: line.utf8.prefix(Self.byteLimit), as: UTF8.self)) }
        break
      }
      kept.append(line)
      size += line.utf8.count + 1
    }
    text = kept.reversed().joined(separator: "\n")
  }

  /// Takes the excerpt of the log at `path`; nil when it cannot be read or says nothing.
  init?(of path: FilePath, around error: String? = nil) {
    guard let log = try? Files.read(path) else { return nil }
    self.init(log, around: error)
    if text.isEmpty { return nil }
  }

  /// Returns a line as text, without the escape sequences that colour it.
  private static func plain(_ line: ArraySlice<UInt8>) -> String {
    var kept: [UInt8] = []
    kept.reserveCapacity(line.count)
    var rest = line
    while let byte = rest.popFirst() {
      if byte == 0x1B, rest.first == UInt8(ascii: "[") {
        // ECMA-48: parameters, then one byte from `@` to `~` that ends it.
        rest = rest.dropFirst().drop { !(0x40...0x7E).contains($0) }.dropFirst()
      } else if byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t") {
        kept.append(byte)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }
}

extension XIPKernelError {
  /// The part of the log that the failure names, or nil when it names none or the log cannot be read.
  public var excerpt: LogExcerpt? {
    switch self {
    case .buildFailed(let error, let log), .compilerCrashed(let error, let log),
      .machineExhausted(let error, let log):
      // The log has the machine's own paths in front of what is named here.
      LogExcerpt(of: log, around: error.firstRange(of: ": ").map { String(error[$0.lowerBound...]) } ?? error)
    case .sourceMissing(_, let log): LogExcerpt(of: log)
    case .orphanSections(let warnings, let log): LogExcerpt(of: log, around: warnings.first)
    case .bootFailed(_, _, let console): LogExcerpt(of: console)
    default: nil
    }
  }
}
