import Host
import SystemPackage

/// One entry of apt's list of sources: a mirror, some of its suites, and the keys that sign them.
struct AptSource: Hashable, Sendable {
  /// The mirror, `mirror+file:` and its like included.
  var uri: String

  /// The names of directories under the mirror's `dists`.
  var suites: [String]

  /// The value of `Signed-By`, its continuation lines included; empty when apt's common keyring counts.
  var signedBy: String

  /// Whether the administrator declared the mirror to need no signature.
  var isTrusted: Bool
}

extension AptSource {
  /// Reads the lists under `etc`, which is `/etc/apt`: `sources.list`, and the parts in both formats.
  static func configured(in etc: FilePath) -> [AptSource] {
    var sources: [AptSource] = []
    let parts = etc.appending("sources.list.d")
    let files = [etc.appending("sources.list")] + ((try? Files.list(parts)) ?? []).map { parts.appending($0) }
    for file in files {
      guard let content = try? Files.read(file) else { continue }
      let text = String(decoding: content, as: UTF8.self)
      switch file.extension {
      case "list": sources += oneLine(text)
      case "sources": sources += deb822(text)
      default: break
      }
    }
    return sources
  }

  /// Reads lines such as `deb [signed-by=/k.gpg] http://mirror/debian bookworm main`.
  static func oneLine(_ text: String) -> [AptSource] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      var rest = line.prefix { $0 != "#" }.drop { $0.isWhitespace }
      guard rest.hasPrefix("deb ") || rest.hasPrefix("deb-src ") || rest.hasPrefix("deb\t") else {
        return nil
      }
      rest = rest.drop { !$0.isWhitespace }.drop { $0.isWhitespace }
      var options: [String: String] = [:]
      if rest.first == "[", let end = rest.firstIndex(of: "]") {
        for option in rest[..<end].dropFirst().split(whereSeparator: \.isWhitespace) {
          let pair = option.split(separator: "=", maxSplits: 1)
          if pair.count == 2 { options[pair[0].lowercased()] = String(pair[1]) }
        }
        rest = rest[end...].dropFirst()
      }
      let words = rest.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count >= 2 else { return nil }
      return AptSource(
        uri: words[0], suites: [words[1]], signedBy: options["signed-by"] ?? "",
        isTrusted: options["trusted"] == "yes")
    }
  }

  /// Reads stanzas of `Field: value`, as deb822(5) has them.
  static func deb822(_ text: String) -> [AptSource] {
    DebianControl.stanzas(of: text).flatMap { fields -> [AptSource] in
      guard fields["enabled"]?.lowercased() != "no", let uris = fields["uris"], let suites = fields["suites"]
      else { return [] }
      return uris.split(whereSeparator: \.isWhitespace).map { uri in
        AptSource(
          uri: String(uri), suites: suites.split(whereSeparator: \.isWhitespace).map(String.init),
          signedBy: fields["signed-by"] ?? "", isTrusted: fields["trusted"]?.lowercased() == "yes")
      }
    }
  }
}

/// The format of Debian's control files.
enum DebianControl {
  /// Returns the fields of each stanza by their lower-cased names; continuation lines keep their line feeds.
  static func stanzas(of text: String) -> [[String: String]] {
    var stanzas: [[String: String]] = []
    var fields: [String: String] = [:]
    var last = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.first == "#" { continue }
      if line.allSatisfy(\.isWhitespace) {
        if !fields.isEmpty { stanzas.append(fields) }
        fields = [:]
      } else if line.first == " " || line.first == "\t" {
        fields[last, default: ""] += "\n" + line
      } else if let colon = line.firstIndex(of: ":") {
        last = line[..<colon].lowercased()
        fields[last] = String(line[colon...].dropFirst().drop { $0 == " " || $0 == "\t" })
      }
    }
    if !fields.isEmpty { stanzas.append(fields) }
    return stanzas
  }
}
