/// A terminal that understands what a live display needs: line feeds, returns, moving up and erasing.
struct Terminal {
  private let columns: Int
  private let height: Int
  /// All lines, those that were scrolled away first.
  private var lines: [[Character]] = [[]]
  private var row = 0
  private var column = 0
  private(set) var isCursorShown = true

  init(columns: Int, lines: Int) {
    self.columns = columns
    height = lines
  }

  /// What stands on the terminal and above it, without blanks at the ends of lines.
  var text: String {
    lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
  }

  mutating func write(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n": feed()
      case "\u{1b}":
        guard rest.popFirst() == "[" else { continue }
        let parameters = rest.prefix { !("@"..."~").contains($0) }
        rest = rest.dropFirst(parameters.count)
        if let final = rest.popFirst() { obey(final, String(String.UnicodeScalarView(parameters))) }
      default:
        if column == columns {
          column = 0
          feed()
        }
        while lines[row].count <= column { lines[row].append(" ") }
        lines[row][column] = Character(scalar)
        column += 1
      }
    }
  }

  private mutating func feed() {
    row += 1
    if row == lines.count { lines.append([]) }
  }

  private mutating func obey(_ final: Unicode.Scalar, _ parameters: String) {
    switch final {
    // The top of what is on the screen is as far as it goes.
    case "A": row = max(max(0, lines.count - height), row - (Int(parameters) ?? 1))
    case "K": lines[row] = Array(lines[row].prefix(column))
    case "J":
      lines[row] = Array(lines[row].prefix(column))
      for index in lines.indices where index > row { lines[index] = [] }
    case "l" where parameters == "?25": isCursorShown = false
    case "h" where parameters == "?25": isCursorShown = true
    default: break
    }
  }
}
