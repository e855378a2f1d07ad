/// Where a stored tree came from and what was checked on the way.
public struct Provenance: Hashable, Sendable {
  /// The source, such as `kernel.org`.
  public var source: String

  /// The URL, or the package and suite, it was fetched from.
  public var location: String

  /// The tarball's name, or nil for a tag fetched with git.
  public var file: String?

  /// The tarball's SHA-256 in hexadecimal digits.
  public var sha256: String?

  /// What was checked, one sentence fragment a check.
  public var checks: [String]

  /// Makes the provenance of a tree.
  public init(
    source: String, location: String, file: String? = nil, sha256: String? = nil, checks: [String] = []
  ) {
    self.source = source
    self.location = location
    self.file = file
    self.sha256 = sha256
    self.checks = checks
  }
}

extension Provenance {
  /// Its lines as they stand in the commit's note: `Field: value`.
  var note: String {
    var lines = ["Source: \(source)", "Location: \(location)"]
    if let file { lines.append("File: \(file)") }
    if let sha256 { lines.append("SHA-256: \(sha256)") }
    lines += checks.map { "Checked: \($0)" }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Reads what `note` wrote; returns nil when the source is missing.
  init?(note: String) {
    var provenance = Provenance(source: "", location: "")
    for line in note.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = String(line[colon...].dropFirst().drop { $0 == " " })
      switch line[..<colon] {
      case "Source": provenance.source = value
      case "Location": provenance.location = value
      case "File": provenance.file = value
      case "SHA-256": provenance.sha256 = value
      case "Checked": provenance.checks.append(value)
      default: break
      }
    }
    guard !provenance.source.isEmpty else { return nil }
    self = provenance
  }

  /// The message of an imported tree's commit.
  ///
  /// It names nothing that differs between machines, so the same tarball gives the same commit id anywhere.
  func message(of title: String) -> String {
    "\(title)\n\nSource: \(source)\nFile: \(file ?? "")\nSHA-256: \(sha256 ?? "")\n"
  }
}
