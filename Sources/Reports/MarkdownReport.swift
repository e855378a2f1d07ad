public import VersionMatrix

/// Results as Markdown, for a job's summary on GitHub or GitLab.
public struct MarkdownReport: Sendable {
  /// The results, a row each.
  public let results: [VersionResult]

  /// The largest summary that GitHub takes of one step; a larger one is dropped whole.
  public static let limit = 1_048_576

  /// Makes the report of `results`.
  public init(_ results: [VersionResult]) {
    self.results = results
  }

  /// The report's text, ``limit`` bytes at most: reasons that do not fit are left out, with a line that says so.
  public var text: String {
    let passed = results.count { $0.verdict == .pass }
    var text = "\(passed) of \(results.count) passed\n\n"
    text += ResultsTable(results).table.markdown(limit: Self.limit - 1000)
    let failed = results.filter { $0.reason != nil }
    let end = "\nThe remaining reasons do not fit; the record has them.\n"
    for result in failed {
      let account = [result.reason, result.log].compactMap(\.self).joined(separator: "\n\n")
        .replacing("```", with: "'''")
      let block =
        "\n<details><summary>\(result.title.markupEscaped): \(result.verdict.rawValue)</summary>\n\n```\n\(account)\n```\n"
        + "</details>\n"
      guard text.utf8.count + block.utf8.count + end.utf8.count <= Self.limit else {
        text += end
        break
      }
      text += block
    }
    return text
  }
}

extension Table {
  /// Returns the table in GitHub's Markdown, in `limit` bytes at most: rows that do not fit are counted.
  func markdown(limit: Int) -> String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|").replacing("\n", with: " ") }.joined(separator: " | ")
        + " |\n"
    }
    var text = line(header) + line(header.map { _ in "---" })
    for (index, row) in rows.enumerated() {
      let next = line(row)
      guard text.utf8.count + next.utf8.count <= limit else {
        return text + "\n\(rows.count - index) more rows do not fit; the record has them.\n"
      }
      text += next
    }
    return text
  }
}
