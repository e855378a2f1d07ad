import Versions

/// A Debian source package that has an upstream tarball.
struct SourcePackage: Hashable, Sendable {
  /// Its name: `linux`, or `linux-6.12` where a suite has more than one series.
  var name = ""

  /// Debian's version, such as `6.12.107-1~deb12u1`.
  var version = ""

  /// The name of the upstream tarball.
  var tarball = ""

  /// The tarball's size in bytes.
  var size = 0

  /// The tarball's SHA-256 in hexadecimal digits.
  var sha256 = ""

  /// The kernel's own version, or nil when Debian's is made from none.
  var upstream: Version? {
    guard let dash = version.lastIndex(of: "-") else { return nil }
    let text = version[..<dash].drop { $0 != ":" }.dropFirst()
    return Version((text.isEmpty ? version[..<dash] : text).replacing("~rc", with: "-rc"))
  }
}

extension SourcePackage {
  /// Reads stanzas of a `Sources` index line by line.
  ///
  /// A stanza of the kernel is some 300 KB of binary packages, of which five lines count.
  struct Reader {
    private var packages: [SourcePackage] = []
    private var current = SourcePackage()
    private var isInChecksums = false

    /// Takes the next line.
    mutating func read(_ line: ArraySlice<UInt8>) {
      switch line.first {
      case nil:
        close()
      case UInt8(ascii: " ") where isInChecksums:
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 3, words[2].contains(".orig.tar."), !words[2].hasSuffix(".asc") else { return }
        current.sha256 = String(words[0])
        current.size = Int(words[1]) ?? 0
        current.tarball = String(words[2])
      case UInt8(ascii: " "):
        return
      default:
        isInChecksums =
          line.elementsEqual("Checksums-Sha256:".utf8) || line.elementsEqual("Checksums-Sha256: ".utf8)
        if line.starts(with: "Package: ".utf8) {
          current.name = String(decoding: line.dropFirst(9), as: UTF8.self)
        } else if line.starts(with: "Version: ".utf8) {
          current.version = String(decoding: line.dropFirst(9), as: UTF8.self)
        }
      }
    }

    /// Returns the packages that have a tarball, each once, in the order of the index.
    mutating func finish() -> [SourcePackage] {
      close()
      return packages
    }

    private mutating func close() {
      if !current.tarball.isEmpty, !current.name.isEmpty, !packages.contains(current) {
        packages.append(current)
      }
      current = SourcePackage()
      isInChecksums = false
    }
  }
}
