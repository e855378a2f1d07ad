/// Returns a mail as it was before its body was encoded for the way, or the very bytes where nothing was.
///
/// It is what `git mailinfo` makes of a body in quoted-printable or base64, of flowed text (RFC 3676), and of the parts
/// of a mail that has several. The bytes of the text keep their character set.
func withoutMailEncoding(_ content: [UInt8]) -> [UInt8] {
  let header = MIMEHeader(content[...])
  guard header.isMail, header.encoding != nil || header.boundary != nil || header.isFlowed else {
    return content
  }
  var text = Array(content[..<header.end])
  var charset = header.charset
  var body: [UInt8] = []
  if let boundary = header.boundary {
    for part in parts(of: content[header.end...], between: boundary) {
      let head = MIMEHeader(part)
      charset = charset ?? head.charset
      body += head.decoded(part[head.end...])
    }
  } else {
    body = header.decoded(content[header.end...])
  }
  text = header.replaced(in: text, charset: charset)
  return text + body
}

/// What a mail, or one of its parts, tells of how its body is written.
private struct MIMEHeader {
  enum Encoding {
    case quotedPrintable, base64
  }

  /// How the body is encoded; nil for a body that stands as it is.
  private(set) var encoding: Encoding?
  /// The value of `charset=`.
  private(set) var charset: [UInt8]?
  /// What stands between the parts of the body, which start with a header each; nil for a single body.
  private(set) var boundary: [UInt8]?
  /// Whether lines that end in a space go on in the next one.
  private(set) var isFlowed = false
  /// Whether that space is to be dropped.
  private var dropsSpace = false
  /// Whether it has a field that only mails have.
  private(set) var isMail = false
  /// Where the body starts.
  private(set) var end: Int
  /// The lines of the fields that tell of the body.
  private var fields: [(name: String, lines: Range<Int>)] = []

  init(_ text: ArraySlice<UInt8>) {
    end = text.startIndex
    var field: (name: String, value: [UInt8], lines: Range<Int>)?
    var isFirst = true
    while end < text.endIndex {
      let feed = text[end...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
      let next = min(feed + 1, text.endIndex)
      var line = text[end..<feed]
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      defer { isFirst = false }
      if line.isEmpty {
        // The empty line belongs to the header of the mail.
        end = next
        break
      }
      if isFirst && line.starts(with: "From ".utf8) {
        end = next
        continue
      }
      if let byte = line.first, byte == 0x20 || byte == 0x09 {
        guard let start = field?.lines.lowerBound else { break }
        field?.value += line
        field?.lines = start..<next
      } else {
        if let field { take(field) }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
          line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
          field = nil
          break
        }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        field = (name, Array(line[(colon + 1)...]), end..<next)
      }
      end = next
    }
    if let field { take(field) }
  }

  private mutating func take(_ field: (name: String, value: [UInt8], lines: Range<Int>)) {
    if ["from", "subject", "date"].contains(field.name) { isMail = true }
    let value = String(decoding: field.value, as: UTF8.self).lowercased()
    switch field.name {
    case "content-transfer-encoding":
      if value.contains("quoted-printable") { encoding = .quotedPrintable }
      if value.contains("base64") { encoding = .base64 }
    case "content-type":
      charset = attribute("charset", of: field.value)
      if value.contains("multipart/") { boundary = attribute("boundary", of: field.value) }
      isFlowed = attribute("format", of: field.value).map { isWord($0, "flowed") } ?? false
      dropsSpace = attribute("delsp", of: field.value).map { isWord($0, "yes") } ?? false
    default: return
    }
    fields.append((field.name, field.lines))
  }

  /// Returns the body as it was.
  func decoded(_ body: ArraySlice<UInt8>) -> [UInt8] {
    let text =
      switch encoding {
      case .quotedPrintable: decodedQuotedPrintable(body)
      case .base64: decodedBase64(body)
      case nil: Array(body)
      }
    return isFlowed ? joined(text) : text
  }

  /// Returns `text` with each line that flows joined to the next, as `git mailinfo` has it.
  private func joined(_ text: [UInt8]) -> [UInt8] {
    var joined: [UInt8] = []
    var held: [UInt8] = []
    for range in lineRanges(of: text) {
      var line = text[range]
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      if line.elementsEqual("-- ".utf8) {
        joined += held.isEmpty ? [] : held + [UInt8(ascii: "\n")]
        joined += "-- \n".utf8
        held = []
        continue
      }
      // A space is stuffed in front of what would look like a quotation.
      if line.first == 0x20 { line = line.dropFirst() }
      if line.last == 0x20 {
        held += dropsSpace ? line.dropLast() : line
      } else {
        joined += held + line + [UInt8(ascii: "\n")]
        held = []
      }
    }
    return joined + held
  }

  /// Returns the header `text` as it is for a body that stands as it is.
  func replaced(in text: [UInt8], charset: [UInt8]?) -> [UInt8] {
    var replaced: [UInt8] = []
    var done = text.startIndex
    for field in fields {
      replaced += text[done..<field.lines.lowerBound]
      if field.name == "content-type" {
        replaced += "Content-Type: text/plain; charset=".utf8 + (charset ?? Array("UTF-8".utf8)) + "\n".utf8
      } else {
        replaced += "Content-Transfer-Encoding: 8bit\n".utf8
      }
      done = field.lines.upperBound
    }
    return replaced + text[done...]
  }
}

/// Returns the character set that a `Content-Type` field names.
func mailCharset(of field: ArraySlice<UInt8>) -> [UInt8]? { attribute("charset", of: Array(field)) }

/// Returns the value of `name=value` or `name="value"` in a field.
private func attribute(_ name: String, of field: [UInt8]) -> [UInt8]? {
  for part in field.split(separator: UInt8(ascii: ";")).dropFirst() {
    let words = part.split(separator: UInt8(ascii: "="), maxSplits: 1)
    guard words.count == 2, isWord(Array(words[0].filter { $0 > 0x20 }), name) else { continue }
    var value = words[1].drop { $0 == 0x20 || $0 == 0x09 }
    if value.first == UInt8(ascii: "\"") {
      return Array(value.dropFirst().prefix { $0 != UInt8(ascii: "\"") })
    }
    while let last = value.last, last <= 0x20 { value = value.dropLast() }
    return Array(value)
  }
  return nil
}

private func isWord(_ bytes: [UInt8], _ word: String) -> Bool {
  String(decoding: bytes, as: UTF8.self).lowercased() == word
}

/// Returns what stands between the lines `--boundary`, up to the one with two more dashes.
private func parts(of body: ArraySlice<UInt8>, between boundary: [UInt8]) -> [ArraySlice<UInt8>] {
  let mark = Array("--".utf8) + boundary
  var parts: [ArraySlice<UInt8>] = []
  var start: Int?
  var next = body.startIndex
  while next < body.endIndex {
    let line = next
    let feed = body[line...].firstIndex(of: UInt8(ascii: "\n")) ?? body.endIndex
    next = min(feed + 1, body.endIndex)
    guard body[line..<feed].starts(with: mark) else { continue }
    if let start { parts.append(body[start..<line]) }
    start = next
    if body[line..<feed].dropFirst(mark.count).starts(with: "--".utf8) { return parts }
  }
  if let start { parts.append(body[start...]) }
  return parts
}

/// Returns the bytes of a body in quoted-printable; what is malformed stands as it is.
private func decodedQuotedPrintable(_ text: ArraySlice<UInt8>) -> [UInt8] {
  var decoded: [UInt8] = []
  decoded.reserveCapacity(text.count)
  var rest = text
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "=") else {
      decoded.append(byte)
      continue
    }
    if rest.first == UInt8(ascii: "\n") {
      rest = rest.dropFirst()
    } else if rest.starts(with: "\r\n".utf8) {
      rest = rest.dropFirst(2)
    } else if let value = hexadecimal(rest.prefix(2)) {
      decoded.append(value)
      rest = rest.dropFirst(2)
    } else {
      decoded.append(byte)
    }
  }
  return decoded
}

private func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt8? {
  guard digits.count == 2 else { return nil }
  var value: UInt8 = 0
  for digit in digits {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | (digit - 0x30)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | (digit - 0x37)
    case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | (digit - 0x57)
    default: return nil
    }
  }
  return value
}

/// Returns the bytes of a body in base64; what is no digit is passed over, as in git.
private func decodedBase64(_ text: ArraySlice<UInt8>) -> [UInt8] {
  var decoded: [UInt8] = []
  decoded.reserveCapacity(text.count / 4 * 3)
  var held: UInt32 = 0
  var count: UInt32 = 0
  for byte in text {
    let value: UInt8
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 0x41
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 0x47
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte + 4
    case UInt8(ascii: "+"): value = 62
    case UInt8(ascii: "/"): value = 63
    case UInt8(ascii: "="):
      // What follows the padding is another text.
      held = 0
      count = 0
      continue
    default: continue
    }
    held = held << 6 | UInt32(value)
    count += 6
    if count >= 8 {
      count -= 8
      decoded.append(UInt8(truncatingIfNeeded: held >> count))
    }
  }
  return decoded
}
