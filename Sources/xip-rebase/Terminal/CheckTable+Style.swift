import PatchStack
import Reports
import VersionMatrix

extension CheckTable {
  /// Returns the table's lines with verdicts and outcomes coloured, below them what is upstream already and the reasons of those that
  /// did not pass.
  func lines(coloured style: Style) -> [String] {
    let table = table.lines { row, column, text in
      guard let row else { return style(text, .bold) }
      if column == Self.verdictColumn { return style(text, results[row].verdict.colour) }
      switch outcome(row: row, column: column) {
      case .unchanged, .offset: return style(text, .green)
      case .merged, .resolved, .absorbed, .partlyAbsorbed: return style(text, .yellow)
      case .conflict: return style(text, .red)
      case nil: return text
      }
    }
    return table + absorptions + reasons
  }
}

extension Verdict {
  /// The colour that it is shown in.
  var colour: Style.Colour {
    switch self {
    case .pass: .green
    case .fail: .red
    case .error: .yellow
    }
  }
}
