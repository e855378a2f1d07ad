/// Columns of text, as wide as their widest cell, without trailing blanks.
public struct Table: Sendable {
  let header: [String]
  private(set) var rows: [[String]] = []

  /// Makes a table without rows.
  public init(_ header: [String]) {
    self.header = header
  }

  /// Adds a row; cells beyond the header are dropped, and a line feed in a cell ends no line.
  public mutating func add(_ row: [String]) {
    rows.append(row.prefix(header.count).map { $0.contains("\n") ? $0.replacing("\n", with: " ") : $0 })
  }

  /// Returns the lines of the table.
  ///
  /// - Parameter decorate: Colours a padded cell; it is given the row's number (nil for the header), the column's,
  ///   and the text, and must not change how wide it looks.
  /// - Returns: The header's line and one a row.
  public func lines(decorate: (Int?, Int, String) -> String = { _, _, text in text }) -> [String] {
    let widths = header.indices.map { column in
      ([header] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    func line(_ row: Int?, _ cells: [String]) -> String {
      cells.enumerated().map { column, cell in
        let isLast = column == cells.count - 1
        let padding = isLast ? "" : String(repeating: " ", count: widths[column] - cell.count)
        return decorate(row, column, cell) + padding
      }
      .joined(separator: "  ")
    }
    return [line(nil, header)] + rows.enumerated().map { line($0.offset, $0.element) }
  }
}
