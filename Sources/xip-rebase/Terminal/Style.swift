#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether and how text is coloured.
struct Style: Sendable {
  let isColoured: Bool

  /// What stands for the escape of the tool's own sequences until they are written; nobody can guess it.
  static let escape = "\u{F8F0}\(UInt64.random(in: .min ... .max))\u{F8F1}"

  enum Colour: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case dim = "2"
    case bold = "1"
  }

  func callAsFunction(_ text: String, _ colour: Colour) -> String {
    isColoured ? "\(Self.escape)[\(colour.rawValue)m\(text)\(Self.escape)[0m" : text
  }

  /// When to colour, as `--color` says it.
  enum Choice: String, CaseIterable, Sendable {
    case auto, always, never

    /// Returns the style for a stream: `auto` colours a terminal, unless `NO_COLOR` is set or the terminal is dumb.
    func style(for descriptor: Int32) -> Style {
      switch self {
      case .always: return Style(isColoured: true)
      case .never: return Style(isColoured: false)
      case .auto:
        let refused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return Style(isColoured: isatty(descriptor) == 1 && !refused && !isDumbTerminal)
      }
    }
  }
}

/// Whether the terminal knows no more than to write one line after the other.
var isDumbTerminal: Bool { getenv("TERM").map { String(cString: $0) == "dumb" } ?? true }
