import Reports
import VersionMatrix

extension ResultsTable {
  /// Returns the table's lines with the verdicts coloured, and the reasons of those that did not pass below.
  func lines(coloured style: Style) -> [String] {
    let table = table.lines { row, column, text in
      guard let row else { return style(text, .bold) }
      guard column == Self.verdictColumn else { return text }
      switch results[row].verdict {
      case .pass: return style(text, .green)
      case .fail: return style(text, .red)
      case .error: return style(text, .yellow)
      }
    }
    return table + reasons
  }
}
