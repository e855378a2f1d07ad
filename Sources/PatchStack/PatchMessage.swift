public import Git

/// What a patch says about itself: the message and the author of the commit it becomes.
///
/// Text is bytes. Encoded words of a mail header are decoded; the body is taken as it stands.
public struct PatchMessage: Hashable, Sendable {
  /// The author and the date; of an unknown author, dated 1970, when the patch names none.
  public let author: Signature
  /// The first line of the message, without `[PATCH 1/5]`.
  public let subject: [UInt8]
  /// The rest of the message, without empty lines around it; empty when there is none.
  public let body: [UInt8]

  /// The message of a commit.
  public var commitMessage: [UInt8] {
    let newline = UInt8(ascii: "\n")
    return subject + [newline] + (body.isEmpty ? [] : [newline] + body + [newline])
  }

  /// Reads what stands before the first file's change: a mail, or plain prose as quilt keeps it.
  init(prologue: ArraySlice<UInt8>, patchName: String) {
    var mail = MailHeader(prologue)
    let afterHeader = prologue[mail.end...].split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    // What stands behind `---` is for the mail's readers, not for the history.
    var body = Array(afterHeader.prefix { !$0.elementsEqual("---".utf8) })
    if let kind = mail["content-type"], isLatin1(mailCharset(of: kind)) {
      body = body.map { fromLatin1($0)[...] }
    }
    body = trimmed(body)
    if mail["subject"] != nil, let first = body.first, first.starts(with: "From: ".utf8) {
      // The author of a mail that somebody else sent stands at the start of its body.
      let inBody = MailHeader(Array(body.joined(separator: [UInt8(ascii: "\n")]))[...])
      mail.override(inBody)
      body = trimmed(Array(body.drop { !$0.isEmpty }))
    }
    var subject = (mail["subject"] ?? mail["description"]).map(withoutTags)
    if subject == nil, let first = body.first {
      subject = first[...]
      body = trimmed(Array(body.dropFirst()))
    }
    self.subject = subject.map { Array($0) } ?? Array(stem(of: patchName).utf8)
    self.body = Array(body.joined(separator: [UInt8(ascii: "\n")]))
    let address = mail["from"] ?? mail["author"]
    let (name, email) = address.map(split(address:)) ?? (Array("unknown".utf8), [])
    let date = mail["date"].flatMap { MailDate(String(decoding: $0, as: UTF8.self)) }
    author = Signature(name: name, email: email, seconds: date?.seconds ?? 0, offset: date?.offset ?? 0)
  }
}

/// The fields at the start of a mail, each unfolded to one line and decoded.
private struct MailHeader {
  private var fields: [String: ArraySlice<UInt8>]
  /// Where the text behind the header starts.
  let end: Int

  init(_ text: ArraySlice<UInt8>) {
    var fields: [String: ArraySlice<UInt8>] = [:]
    var rest = text
    var last: String?
    var isFirst = true
    func line() -> ArraySlice<UInt8> {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
    func nextLine() -> ArraySlice<UInt8> {
      rest.firstIndex(of: UInt8(ascii: "\n")).map { rest[($0 + 1)...] } ?? rest[rest.endIndex...]
    }
    while !rest.isEmpty {
      let line = line()
      if isFirst, line.starts(with: "From ".utf8) {
        // The separator of mailboxes, which git format-patch writes.
      } else if let last, let byte = line.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
        fields[last]?.append(contentsOf: [UInt8(ascii: " ")] + line.drop { $0 == 0x20 || $0 == 0x09 })
      } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      {
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        fields[name] = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        last = name
      } else {
        break
      }
      isFirst = false
      rest = nextLine()
    }
    // Without one of these it is prose whose first word happens to end in a colon.
    let known = ["from", "subject", "date", "author", "description"]
    guard known.contains(where: { fields[$0] != nil }) else {
      self.fields = [:]
      end = text.startIndex
      return
    }
    end = rest.startIndex
    self.fields = fields.mapValues { decodedWords($0)[...] }
  }

  subscript(name: String) -> ArraySlice<UInt8>? { fields[name] }

  mutating func override(_ other: MailHeader) {
    fields.merge(other.fields) { _, new in new }
  }
}

/// Returns `field` with its encoded words (RFC 2047) decoded, to UTF-8 where they are Latin-1.
private func decodedWords(_ field: ArraySlice<UInt8>) -> [UInt8] {
  var decoded: [UInt8] = []
  var rest = field
  while let first = rest.first {
    if first == UInt8(ascii: "="), let word = EncodedWord(rest) {
      decoded += word.text
      rest = rest.dropFirst(word.length)
      // Space between two encoded words only keeps them apart.
      let behind = rest.drop { $0 == 0x20 }
      if behind.first == UInt8(ascii: "="), EncodedWord(behind) != nil { rest = behind }
      continue
    }
    decoded.append(first)
    rest = rest.dropFirst()
  }
  return decoded
}

/// One word of the form `=?charset?q?text?=`.
private struct EncodedWord {
  let text: [UInt8]
  let length: Int

  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.starts(with: "=?".utf8) else { return nil }
    let parts = bytes.dropFirst(2).split(
      separator: UInt8(ascii: "?"), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[3].first == UInt8(ascii: "="), let coding = parts[1].first,
      parts[1].count == 1
    else { return nil }
    let text: [UInt8]
    switch coding | 0x20 {
    case UInt8(ascii: "q"): text = decodedQuotedPrintable(parts[2])
    case UInt8(ascii: "b"):
      guard let bytes = decodedBase64(parts[2]) else { return nil }
      text = bytes
    default: return nil
    }
    self.text = isLatin1(Array(parts[0])) ? fromLatin1(text[...]) : text
    length = 2 + parts[0].count + 1 + 1 + 1 + parts[2].count + 2
  }
}

private func isLatin1(_ charset: [UInt8]?) -> Bool {
  guard let charset else { return false }
  return ["iso-8859-1", "latin1", "windows-1252"].contains(
    String(decoding: charset, as: UTF8.self).lowercased())
}

/// Returns Latin-1 text as UTF-8.
private func fromLatin1(_ text: ArraySlice<UInt8>) -> [UInt8] {
  text.flatMap { $0 < 0x80 ? [$0] : [0xc0 | $0 >> 6, 0x80 | $0 & 0x3f] }
}

private func decodedQuotedPrintable(_ text: ArraySlice<UInt8>) -> [UInt8] {
  var decoded: [UInt8] = []
  var rest = text
  while let byte = rest.popFirst() {
    let digits = rest.prefix(2)
    if byte == UInt8(ascii: "="), digits.count == 2,
      let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    {
      decoded.append(value)
      rest = rest.dropFirst(2)
    } else {
      decoded.append(byte == UInt8(ascii: "_") ? UInt8(ascii: " ") : byte)
    }
  }
  return decoded
}

private func decodedBase64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var decoded: [UInt8] = []
  var held: UInt32 = 0
  var count = 0
  for byte in text where byte != UInt8(ascii: "=") {
    guard let value = digits.firstIndex(of: byte) else { return nil }
    held = held << 6 | UInt32(value)
    count += 6
    if count >= 8 {
      count -= 8
      decoded.append(UInt8(truncatingIfNeeded: held >> UInt32(count)))
    }
  }
  return decoded
}

/// Returns `subject` without the `[…]` at its start that is for the mail's readers.
private func withoutTags(_ subject: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var rest = subject
  while rest.first == UInt8(ascii: "["), let close = rest.firstIndex(of: UInt8(ascii: "]")) {
    rest = rest[(close + 1)...].drop { $0 == 0x20 }
  }
  return rest
}

/// Returns the name and the address of `Name <address>`, or the address for both.
private func split(address: ArraySlice<UInt8>) -> (name: [UInt8], email: [UInt8]) {
  guard let open = address.lastIndex(of: UInt8(ascii: "<")),
    let close = address[open...].firstIndex(of: UInt8(ascii: ">"))
  else { return (Array(address), Array(address)) }
  var name = address[..<open]
  while name.last == 0x20 { name = name.dropLast() }
  let email = address[(open + 1)..<close]
  return (name.isEmpty ? Array(email) : Array(name), Array(email))
}

private func trimmed(_ lines: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
  let isBlank = { (line: ArraySlice<UInt8>) in line.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
  guard let first = lines.firstIndex(where: { !isBlank($0) }),
    let last = lines.lastIndex(where: { !isBlank($0) })
  else { return [] }
  return Array(lines[first...last])
}

private func stem(of name: String) -> Substring {
  let file = name.split(separator: "/").last ?? Substring(name)
  return file.lastIndex(of: ".").map { file[..<$0] } ?? file
}
