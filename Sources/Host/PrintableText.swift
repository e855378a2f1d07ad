/// Returns `text` as it may stand on a terminal, whoever wrote it: what a terminal would obey is shown, not done.
///
/// Of control characters line feeds and tabs stay. The others of ASCII become their pictures (U+2400 and on), as do
/// escape sequences with them; those of Latin-1, and the marks that turn the direction of text around, become U+FFFD.
public func printable(_ text: String) -> String {
  var text = text
  let isPlain = text.withUTF8 { bytes in
    bytes.allSatisfy { byte in
      switch byte {
      case 0x09, 0x0A, 0x20..<0x7F: true
      // C2 starts what Latin-1 has, E2 the marks, among much else.
      case 0..<0x20, 0x7F, 0xC2, 0xE2: false
      default: true
      }
    }
  }
  if isPlain { return text }
  var shown = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x09, 0x0A: shown.append(scalar)
    case 0..<0x20: shown.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
    case 0x7F: shown.append("\u{2421}")
    case 0x80..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: shown.append("\u{FFFD}")
    default: shown.append(scalar)
    }
  }
  return String(shown)
}
