/// The text in front of a patch's changes: its message as it stands in the file, and what follows it up to the changes.
struct MessageText {
  /// The mail header, if there is one, and the message.
  var message: [UInt8]
  /// The line `---` and what follows it: remarks and statistics.
  let rest: [UInt8]

  /// Takes what stands before the first change of a patch apart.
  init(prologue: some Sequence<UInt8>) {
    let text = Array(prologue)
    let end = lineRanges(of: text).first { range in
      text[range].elementsEqual("---".utf8) || text[range].elementsEqual("---\r".utf8)
    }
    message = end.map { Array(text[..<$0.lowerBound]) } ?? text
    rest = end.map { Array(text[$0.lowerBound...]) } ?? []
  }

  /// The whole text; it ends in a line feed, as the changes start on a line of their own.
  var bytes: [UInt8] {
    guard let last = message.last, last != UInt8(ascii: "\n") else { return message + rest }
    return message + [UInt8(ascii: "\n")] + rest
  }

  /// Puts `text` in the place of the message.
  ///
  /// Text with a mail header of its own replaces all. Else its first line becomes the subject and the rest the body,
  /// and of a mail header all but the subject stays: author, date, and the `[PATCH 1/5]` of the subject.
  mutating func replace(with text: [UInt8]) {
    let text = withoutBlankEnds(text)
    let lines = lineRanges(of: text)
    let names = ["from ", "from:", "subject:", "date:", "author:", "description:"]
    let first = lines.first.map { String(decoding: text[$0].prefix(12), as: UTF8.self).lowercased() } ?? ""
    guard !names.contains(where: first.hasPrefix), let header = mailHeader else {
      message = text + [UInt8(ascii: "\n")]
      if !rest.isEmpty || !lines.isEmpty { message.append(UInt8(ascii: "\n")) }
      if !rest.isEmpty { message.removeLast() }
      return
    }
    let subject = lines.first.map { Array(text[$0]) } ?? []
    let body = withoutBlankEnds(Array(text.dropFirst(subject.count)))
    var new = header.before + header.subject + subject + [UInt8(ascii: "\n")] + header.behind
    new.append(UInt8(ascii: "\n"))
    new += header.author
    if !body.isEmpty { new += body + [UInt8(ascii: "\n")] }
    if rest.isEmpty { new.append(UInt8(ascii: "\n")) }
    message = new
  }

  /// The parts of a mail header that stay: the lines before the subject, the field's name with the tags in brackets,
  /// the lines behind it, and the author that a body may start with.
  private var mailHeader: (before: [UInt8], subject: [UInt8], behind: [UInt8], author: [UInt8])? {
    let lines = lineRanges(of: message)
    let end = lines.firstIndex { message[$0].isEmpty || message[$0].elementsEqual("\r".utf8) } ?? lines.count
    let field = { (range: Range<Int>) in
      String(decoding: message[range].prefix(8), as: UTF8.self).lowercased() == "subject:"
    }
    guard let start = lines[..<end].firstIndex(where: field) else { return nil }
    var next = start + 1
    while next < end, let byte = message[lines[next]].first, byte == 0x20 || byte == 0x09 { next += 1 }
    var text = message[lines[start]].dropFirst(8).drop { $0 == 0x20 }
    var tags: [UInt8] = []
    while text.first == UInt8(ascii: "["), let close = text.firstIndex(of: UInt8(ascii: "]")) {
      tags += text[...close] + [0x20]
      text = text[(close + 1)...].drop { $0 == 0x20 }
    }
    let behind = next < lines.count ? Array(message[lines[next].lowerBound..<bound(of: end, lines)]) : []
    var author: [UInt8] = []
    if let body = lines[min(end + 1, lines.count)...].first(where: { !message[$0].isEmpty }),
      message[body].starts(with: "From: ".utf8)
    {
      author = Array(message[body]) + Array("\n\n".utf8)
    }
    return (
      Array(message[..<lines[start].lowerBound]), Array("Subject: ".utf8) + tags, behind, author
    )
  }

  private func bound(of line: Int, _ lines: [Range<Int>]) -> Int {
    line < lines.count ? lines[line].lowerBound : message.count
  }
}

/// Returns `text` without blank lines at its start, and without white space at its end.
private func withoutBlankEnds(_ text: [UInt8]) -> [UInt8] {
  let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
  guard let first = text.firstIndex(where: { !isBlank($0) }),
    let last = text.lastIndex(where: { !isBlank($0) })
  else { return [] }
  let start = text[..<first].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
  return Array(text[start...last])
}
