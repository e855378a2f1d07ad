public import VersionMatrix

/// A picture of the least RAM of every version with XIP and without, as an SVG file that stands by itself.
public struct RAMPicture: Sendable {
  private let versions: [(name: String, xip: Int, twin: Int)]

  private static let width = 720
  private static let rowHeight = 26
  private static let left = 110
  private static let right = 130
  private static let top = 58

  /// Makes the picture of what a record has of `toolchain`.
  public init(_ record: Record, toolchain: String = "gcc") {
    versions = record.entries.compactMap { entry in
      guard let memory = entry.results.first(where: { $0.toolchain == toolchain })?.memory,
        let xip = memory.xip.smallestKiB, let twin = memory.stock.smallestKiB, xip > 0, twin > 0,
        max(xip, twin) < 1 << 30
      else { return nil }
      return (entry.version, xip, twin)
    }
  }

  /// The file's text.
  public var svg: String {
    let most = max(versions.map { max($0.twin, $0.xip) }.max() ?? 1, 1)
    let plot = Self.width - Self.left - Self.right
    let height = Self.top + Self.rowHeight * versions.count + 16
    func length(_ kibibytes: Int) -> Int { kibibytes * plot / most }
    var rows: [String] = []
    for (index, version) in versions.enumerated() {
      let y = Self.top + Self.rowHeight * index
      let middle = y + 13
      rows += [
        "<text x=\"\(Self.left - 8)\" y=\"\(middle)\" class=\"version\">\(version.name.markupEscaped)</text>",
        "<rect x=\"\(Self.left)\" y=\"\(y + 3)\" width=\"\(length(version.twin))\" height=\"20\" class=\"twin\"/>",
        "<rect x=\"\(Self.left)\" y=\"\(y + 3)\" width=\"\(length(version.xip))\" height=\"20\" class=\"xip\"/>",
        "<text x=\"\(Self.left + 6)\" y=\"\(middle)\" class=\"inside\">\(version.xip)</text>",
        "<text x=\"\(Self.left + length(max(version.twin, version.xip)) + 8)\" y=\"\(middle)\" class=\"saved\">"
          + "\(version.twin): \(version.twin - version.xip) saved</text>",
      ]
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(spoken.markupEscaped)">
      <style>
      text { font: 13px system-ui, sans-serif; fill: #57606a; dominant-baseline: middle; }
      .title { font-size: 15px; font-weight: 600; fill: #1b1f24; }
      .version { text-anchor: end; } .inside { fill: #ffffff; font-weight: 600; }
      .xip { fill: #1f5fbf; } .twin { fill: #d9b48f; }
      @media (prefers-color-scheme: dark) { text { fill: #9aa4af; } .title { fill: #e4e7eb; } .twin { fill: #8a6238; } }
      </style>
      <text x="8" y="18" class="title">The least RAM in which the first process starts, in KiB</text>
      <rect x="\(Self.left)" y="34" width="14" height="14" class="xip"/><text x="\(Self.left + 20)" y="41">runs from flash</text>
      <rect x="\(Self.left + 140)" y="34" width="14" height="14" class="twin"/><text x="\(Self.left + 160)" y="41">the same kernel loaded to RAM</text>
      \(rows.joined(separator: "\n"))
      </svg>

      """
  }

  /// The picture in words.
  private var spoken: String {
    let saved = versions.map { $0.twin - $0.xip }
    guard let least = saved.min(), let most = saved.max() else { return "No version has figures." }
    return "XIP saves \(least) to \(most) KiB of RAM over \(versions.count) versions"
  }
}
