import Host

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A stream that text is written to at once; a reader that went away is not an error.
///
/// Reasons, subjects and names come from patches, records and kernels of strangers. What of them a terminal would obey is
/// made visible here, and nowhere else; the tool's own sequences carry a mark that no text can have.
struct Output: Sendable {
  let descriptor: Int32

  static let standard = Output(descriptor: STDOUT_FILENO)
  static let error = Output(descriptor: STDERR_FILENO)

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// The width and the height of the terminal, 80 and 24 where it does not tell.
  var size: (columns: Int, lines: Int) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Writes a document: as it is for a program, as it may be shown on a terminal.
  func write(_ text: String) {
    control(isTerminal ? printable(text) : text)
  }

  /// Writes a document.
  func write(_ bytes: [UInt8]) {
    if isTerminal { return write(String(decoding: bytes, as: UTF8.self)) }
    bytes.withUnsafeBytes { write($0) }
  }

  /// Writes a line, coloured by ``Style``, as it may be shown.
  func line(_ text: String) { control(Self.shown(text) + "\n") }

  /// Writes what a terminal is to obey.
  func control(_ text: String) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  /// Returns `text` with nothing in it that a terminal obeys but what ``Style`` put there.
  static func shown(_ text: String) -> String {
    printable(text).replacing(Style.escape, with: "\u{1b}")
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}

/// Whether the tool runs with the rights of root.
var isRoot: Bool { geteuid() == 0 }
