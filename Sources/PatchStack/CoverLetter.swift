internal import Git

extension RefreshedSeries {
  /// Puts a cover letter in front of the patches, as `git send-email` and `b4` take it.
  ///
  /// It is dated and signed like the newest of the patches, so that the same series has the same letter.
  ///
  /// - Parameter testing: What is known of the series, a line each; without any there is no such section.
  public mutating func addCoverLetter(testing: [String]) {
    guard let newest = messages.max(by: { $0.author.seconds < $1.author.seconds }) else { return }
    let count = patches.count
    var letter = Array("From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n".utf8)
    letter += "From: ".utf8 + encodedWord(newest.author.name) + " <".utf8 + newest.author.email + ">\n".utf8
    letter += "Date: \(MailDate(newest.author))\n".utf8
    let title = topic + "\(count) patch\(count == 1 ? "" : "es") for \(base)".utf8
    letter += "Subject: [PATCH 0/\(count)] ".utf8 + encodedWord(title) + "\n".utf8
    if messages.contains(where: { !isASCII($0.author.name) || !isASCII($0.subject) }) {
      // Without these git send-email asks how the letter is encoded.
      letter += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n".utf8
      letter += "Content-Transfer-Encoding: 8bit\n".utf8
    }
    letter += "\nThe series applies to \(base).\n".utf8
    if !testing.isEmpty {
      letter += "\nTesting\n=======\n\n".utf8
      for line in testing { letter += "\(line)\n".utf8 }
    }
    letter += "\n".utf8 + shortlog + statistics.text + "\n-- \nxip-rebase\n\n".utf8
    coverLetter = letter
  }

  /// What all subjects start with, up to a colon and the space behind it.
  private var topic: [UInt8] {
    let prefixes = messages.map { message in
      message.subject.firstIndex(of: UInt8(ascii: ":")).map { message.subject[...$0] } ?? []
    }
    guard let first = prefixes.first, !first.isEmpty, prefixes.allSatisfy({ $0.elementsEqual(first) }) else {
      return []
    }
    return first + [UInt8(ascii: " ")]
  }

  /// The subjects below their authors, as `git shortlog` has them.
  private var shortlog: [UInt8] {
    var authors: [(name: [UInt8], subjects: [[UInt8]])] = []
    for message in messages {
      if let index = authors.firstIndex(where: { $0.name == message.author.name }) {
        authors[index].subjects.append(message.subject)
      } else {
        authors.append((message.author.name, [message.subject]))
      }
    }
    return authors.sorted { $0.name.lexicographicallyPrecedes($1.name) }.flatMap { author in
      author.name + " (\(author.subjects.count)):\n".utf8
        + author.subjects.flatMap { "  ".utf8 + $0 + "\n".utf8 } + "\n".utf8
    }
  }
}

private func isASCII(_ text: [UInt8]) -> Bool { text.allSatisfy { $0 < 0x80 } }

/// Returns the text as a mail header has it: as it stands, or as an encoded word (RFC 2047) where it is not ASCII.
private func encodedWord(_ text: [UInt8]) -> [UInt8] {
  if isASCII(text) { return text }
  let digits = Array("0123456789ABCDEF".utf8)
  let encoded = text.flatMap { byte -> [UInt8] in
    let scalar = Unicode.Scalar(byte)
    let isPlain = byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    return isPlain ? [byte] : [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }
  return "=?UTF-8?q?".utf8 + encoded + "?=".utf8
}
