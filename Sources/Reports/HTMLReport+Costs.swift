import FlashCost
import VersionMatrix

// What booting costs on boards, for the versions that were measured.
extension HTMLReport {
  /// Returns a chart for each board: the seconds to user space, a line for each way of booting; none without figures.
  func costCharts(of entries: [Record.Entry]) -> [String] {
    guard let boards else { return [] }
    return boards.boards.map { name, board in
      let estimate = Estimate(board, boards.mode(of: board))
      let series = BootWay.allCases.map { way in
        (
          way.shortTitle,
          entries.map { entry -> Double? in
            measured(entry)?[way].flatMap(estimate.secondsToUser).map { $0 * 1000 }
          }
        )
      }
      return VersionChart(
        title: "To user space on \(name), estimated", unit: "ms", versions: entries.map(\.version),
        series: series
      ).svg
    }
  }

  private func measured(_ entry: Record.Entry) -> Costs? {
    // One column, for two would be told apart by nothing in the chart.
    entry.results.first { $0.toolchain == "gcc" }?.costs.flatMap { $0.method == Costs.method ? $0 : nil }
  }

  /// Returns the tables of one result, for each board, folded; nothing where it was not measured.
  func costs(of result: VersionResult) -> String {
    guard let boards, let costs = result.costs, costs.method == Costs.method else { return "" }
    let sections = boards.boards.map { name, board in
      let tables = CostsTable(costs, on: board, of: boards)
      return """
        <details><summary>Costs on \(name.markupEscaped)</summary>
        <p>\(tables.title.markupEscaped)</p>
        \([tables.stages, tables.misses, tables.price].map(\.html).joined(separator: "\n"))
        <p>\(tables.error.markupEscaped)</p>
        </details>
        """
    }
    return sections.joined(separator: "\n")
  }
}

extension BootWay {
  /// The image's name where there is little room.
  fileprivate var shortTitle: String {
    switch self {
    case .xip: "XIP"
    case .uncompressed: "copied"
    case .compressed: "vmlinuz"
    }
  }
}

extension Table {
  /// The table as it stands in a page, scrolled where it is too wide.
  fileprivate var html: String {
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>\(cells.map { "<\(tag)>\($0.markupEscaped)</\(tag)>" }.joined())</tr>"
    }
    return "<div class=\"scroll\"><table><thead>\(line(header, "th"))</thead>"
      + "<tbody>\(rows.map { line($0, "td") }.joined())</tbody></table></div>"
  }
}
