import Reports
import VersionMatrix

extension ResultsTable {
  /// Returns the table's lines with the verdicts coloured, and below them the reasons of those that did not pass, and
  /// whose boots were not made again.
  func lines(coloured style: Style) -> [String] {
    let table = table.lines { row, column, text in
      guard let row else { return style(text, .bold) }
      return column == Self.verdictColumn ? style(text, results[row].verdict.colour) : text
    }
    return table + reasons + shares
  }
}
