public import FlashCost
public import VersionMatrix

/// The record as one static page: no network, no script, light and dark, as readable on a telephone as on a wide screen.
///
/// A matrix with a cell for each version and toolchain leads to the details of each: patches, reason, log, proofs, memory,
/// time, and what was on record of it before. Charts show how the figures move over the versions.
public struct HTMLReport: Sendable {
  private let record: Record
  let history: RecordHistory
  private let toolchains: [String]
  let boards: Boards?

  /// Makes the page of `record`, with what its `history` says of each of its cells.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - history: What was on record before.
  ///   - boards: The boards to tell the costs of, where those are known.
  public init(_ record: Record, history: RecordHistory, boards: Boards? = nil) {
    self.record = record
    self.history = history
    self.boards = boards
    toolchains = Set(record.entries.flatMap { $0.results.map(\.toolchain) }).sorted()
  }

  /// The page.
  public var text: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>xip-rebase: kernel versions</title>
    <link rel="icon" href="data:,">
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <h1>Kernel versions</h1>
    <p>\(summary)</p>
    </header>
    <main>
    \(matrix)
    \(charts)
    <h2>Details</h2>
    \(record.entries.reversed().flatMap(\.results).map(details).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private var summary: String {
    let results = record.entries.flatMap(\.results)
    let passed = results.count { $0.verdict == .pass }
    let latest =
      results.map(\.date).max().map { ", the latest of \($0.prefix(10).description.markupEscaped)" } ?? ""
    return "\(passed) of \(results.count) results passed\(latest)."
  }

  /// The name of a result's details within the page.
  func anchor(_ result: VersionResult) -> String {
    "\(result.version)-\(result.toolchain)".markupEscaped
  }
}

// MARK: - The matrix

extension HTMLReport {
  private var matrix: String {
    let head = toolchains.map { "<th scope=\"col\">\($0.markupEscaped)</th>" }.joined()
    let rows = record.entries.reversed().map { entry in
      let cells = toolchains.map { name in
        record.result(entry.version, toolchain: name).map(cell) ?? "<td class=\"none\">not run</td>"
      }
      return "<tr><th scope=\"row\">\(entry.version.markupEscaped)</th>\(cells.joined())</tr>"
    }
    return """
      <section class="scroll"><table class="matrix">
      <caption>The highest rung that each version reached; a cell leads to its details</caption>
      <thead><tr><th scope="col">version</th>\(head)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></section>
      """
  }

  private func cell(_ result: VersionResult) -> String {
    let end = result.rungs.first { $0.status == .failed || $0.status == .unfinished }
    let failed = end.map { "<small>not \($0.rung.rawValue)</small>" } ?? ""
    let saved = result.memory.map { "<small>\($0.savedKiB) KiB saved</small>" } ?? ""
    // What it was before it became what it is, however often that was seen since.
    let change = history.before(result).first { $0.verdict != result.verdict || $0.rung != result.rung }
    let before = change.map { "<small>before: \($0.verdict.mark)&nbsp;\($0.rung.name)</small>" } ?? ""
    return "<td class=\"\(result.verdict.rawValue)\"><a href=\"#\(anchor(result))\">"
      + "<b>\(result.verdict.mark) \(result.rung.name)</b>\(failed)\(saved)\(before)</a></td>"
  }
}

extension Verdict {
  /// A sign and a word beside the colour, for who does not see the colour or does not see.
  var mark: String {
    switch self {
    case .pass: "<span role=\"img\" aria-label=\"passed\">✓</span>"
    case .fail: "<span role=\"img\" aria-label=\"failed\">✗</span>"
    case .error: "<span role=\"img\" aria-label=\"not finished\">!</span>"
    }
  }
}

extension Rung? {
  /// The rung's name as it stands in a cell.
  var name: String { self?.rawValue ?? "nothing reached" }
}

// MARK: - The charts

extension HTMLReport {
  private var charts: String {
    func chart(_ title: String, unit: String, _ value: (VersionResult) -> Double?) -> String {
      VersionChart(
        title: title, unit: unit, versions: record.entries.map(\.version),
        series: toolchains.map { name in
          (name, record.entries.map { record.result($0.version, toolchain: name).flatMap(value) })
        }
      ).svg
    }
    var all = [
      chart("RAM saved by XIP", unit: "KiB") { $0.memory.map { Double($0.savedKiB) } },
      chart("Flash image", unit: "KiB") { $0.imageBytes.map { Double($0) / 1024 } },
      chart("Instructions to power-off", unit: "million") { $0.instructions.map { Double($0) / 1e6 } },
    ]
    all += costCharts(of: record.entries)
    all = all.filter { !$0.isEmpty }
    return all.isEmpty
      ? ""
      : "<h2>Over the versions</h2>\n<section class=\"charts\">\n\(all.joined(separator: "\n"))\n</section>"
  }
}
