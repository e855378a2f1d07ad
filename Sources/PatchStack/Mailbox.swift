/// The messages of a mailbox as `git format-patch --stdout` and mail readers write them.
struct Mailbox {
  /// The bytes of each message, from its `From ` line on.
  let messages: [ArraySlice<UInt8>]

  /// Takes a file apart; it is one message where no line says otherwise.
  init(_ content: [UInt8]) {
    var starts: [Int] = []
    var isAfterBlank = true
    for range in lineRanges(of: content) {
      let line = content[range]
      if isAfterBlank && isSeparator(line) { starts.append(range.lowerBound) }
      isAfterBlank = line.isEmpty || line.elementsEqual("\r".utf8)
    }
    if starts.first != 0 { starts.insert(0, at: 0) }
    let ends = starts.dropFirst() + [content.count]
    messages = zip(starts, ends).map { content[$0..<$1] }.filter { !$0.isEmpty }
  }
}

/// Returns whether the line is `From somebody Mon Sep 17 00:00:00 2001`.
private func isSeparator(_ line: ArraySlice<UInt8>) -> Bool {
  guard line.starts(with: "From ".utf8) else { return false }
  let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  guard words.count >= 7, let year = Int(words[6]), (1970...9999).contains(year) else { return false }
  return words[5].split(separator: ":").count == 3
}
