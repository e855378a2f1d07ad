/// Whose signature vouches for a tree, by way of what.
public enum Verification: String, Codable, Hashable, Sendable {
  /// The signature of its tag, by a key of the user's keyring.
  case signedTag = "signed-tag"
  /// The signature of a list with its tarball's checksum, by a key of the keyring.
  case signedChecksums = "signed-checksums"
  /// The signature of a Debian release, by way of apt's lists and their checksums.
  case signedRelease = "signed-release"
  /// Nobody's.
  case nothing
}

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

  /// Whose signature vouches for it.
  public var verification: Verification

  /// Makes the provenance of a tree.
  public init(
    source: String, location: String, file: String? = nil, sha256: String? = nil, checks: [String] = [],
    verification: Verification = .nothing
  ) {
    self.source = source
    self.location = location
    self.file = file
    self.sha256 = sha256
    self.checks = checks
    self.verification = verification
  }
}

extension Provenance {
  /// Its lines as they stand in the commit's note: `Field: value`.
  var note: String {
    var lines = ["Source: \(source)", "Location: \(location)"]
    if let file { lines.append("File: \(file)") }
    if let sha256 { lines.append("SHA-256: \(sha256)") }
    lines.append("Verified: \(verification.rawValue)")
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
      case "Verified": provenance.verification = Verification(rawValue: String(value)) ?? .nothing
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
