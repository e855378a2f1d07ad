import Host
import Testing

@Test func whatATerminalObeysIsShown() {
  #expect(printable("plain\ttext\nof é, – and 🙂") == "plain\ttext\nof é, – and 🙂")
  #expect(printable("\u{1b}[2J\u{7}\r\u{8}\u{7f}\0") == "␛[2J␇␍␈␡␀")
  #expect(
    printable("\u{9b}2J \u{202e}txt.exe\u{2066}\u{2028}")
      == "\u{FFFD}2J \u{FFFD}txt.exe\u{FFFD}\u{FFFD}")
}

@Test func noControlCharacterIsLeftOfAny() {
  let all = String(String.UnicodeScalarView((0..<0x3000).compactMap(Unicode.Scalar.init)))
  let left = printable(all).unicodeScalars.filter { $0.properties.generalCategory == .control }
  #expect(left.map(\.value) == [0x09, 0x0A])
  #expect(printable(printable(all)) == printable(all))
}
