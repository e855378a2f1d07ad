public import VersionMatrix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What lies in the cache folder, as a JSON document for programs:
/// `{"schema":1,"path","bytes","parts":[{"name","kind","bytes","lastUse","isInUse"}],"removed":[…]}`.
public struct CacheDocument: Codable, Sendable {
  /// A part.
  public struct Part: Codable, Sendable {
    /// Its path below the cache folder.
    public let name: String
    /// What it is of.
    public let kind: CacheContents.Kind
    /// The room it takes on the disk, in bytes.
    public let bytes: Int
    /// When it was used last, ISO 8601 in UTC.
    public let lastUse: String
    /// Whether a job that runs needs it.
    public let isInUse: Bool

    init(_ part: CacheContents.Part) {
      name = part.name
      kind = part.kind
      bytes = part.bytes
      lastUse = Date(timeIntervalSince1970: Double(part.lastUse)).formatted(.iso8601)
      isInUse = part.isInUse
    }
  }

  /// The number of the document's format.
  public var schema = 1
  /// The cache folder.
  public let path: String
  /// The room that what is there takes, in bytes.
  public let bytes: Int
  /// What is there, the part used last at the end.
  public let parts: [Part]
  /// What was removed; nil when nothing was to be.
  public let removed: [Part]?

  /// Makes the document of what is in the folder at `path`, and of what was removed from it.
  public init(_ contents: CacheContents, at path: String, removed: [CacheContents.Part]?) {
    self.path = path
    bytes = contents.bytes
    parts = contents.parts.map(Part.init)
    self.removed = removed?.map(Part.init)
  }

  /// The table of the parts, and lines about all of them.
  public var lines: [String] {
    var table = Table(["used last", "size", "in use", "part"])
    for part in parts {
      table.add([part.lastUse, Self.size(part.bytes), part.isInUse ? "yes" : "", part.name])
    }
    var lines = (removed ?? []).map { "removed \($0.name), \(Self.size($0.bytes))" }
    if removed?.isEmpty ?? false { lines.append("nothing was removed") }
    return lines + table.lines() + ["\(Self.size(bytes)) in \(path)"]
  }

  /// Returns a size as people read it, in MiB.
  static func size(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + (1 << 19)) >> 20
    return "\(tenths / 10).\(tenths % 10) MiB"
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
