import PatchStack
public import VersionMatrix
import XIPKernel

/// The record as one static page: no network, no script, light and dark, as readable on a telephone as on a wide screen.
///
/// A matrix with a cell for each version and toolchain leads to the details of each: patches, reason, proofs, memory
/// and time. Charts show how the figures move over the versions.
public struct HTMLReport: Sendable {
  private let record: Record
  private let toolchains: [String]

  /// Makes the page of `record`.
  public init(_ record: Record) {
    self.record = record
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
    \(details)
    </main>
    </body>
    </html>

    """
  }

  private var results: [VersionResult] { record.entries.flatMap(\.results) }

  private var summary: String {
    let passed = results.count { $0.verdict == .pass }
    let latest =
      results.map(\.date).max().map { ", the latest of \($0.prefix(10).description.markupEscaped)" } ?? ""
    return "\(passed) of \(results.count) results passed\(latest)."
  }

  private func anchor(_ result: VersionResult) -> String {
    "\(result.version)-\(result.toolchain)".markupEscaped
  }
}

// MARK: - The matrix

extension HTMLReport {
  private var matrix: String {
    let head = toolchains.map { "<th scope=\"col\">\($0.markupEscaped)</th>" }.joined()
    let rows = record.entries.reversed().map { entry in
      let cells = toolchains.map { name in
        guard let result = record.result(entry.version, toolchain: name) else {
          return "<td class=\"none\">not run</td>"
        }
        let saved = result.memory.map { "<small>\($0.savedKiB) KiB saved</small>" } ?? ""
        return "<td class=\"\(result.verdict.rawValue)\"><a href=\"#\(anchor(result))\">"
          + "<b>\(Self.mark(result.verdict)) \(result.rung?.rawValue ?? "nothing reached")</b>\(saved)</a></td>"
      }
      return "<tr><th scope=\"row\">\(entry.version.markupEscaped)</th>\(cells.joined())</tr>"
    }
    return """
      <section class="scroll"><table class="matrix">
      <caption>The highest rung that each version reached</caption>
      <thead><tr><th scope="col">version</th>\(head)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></section>
      """
  }

  /// A sign beside the colour, for who does not see the colour.
  private static func mark(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: "✓"
    case .fail: "✗"
    case .error: "!"
    }
  }
}

// MARK: - The details

extension HTMLReport {
  private var details: String {
    "<h2>Details</h2>\n" + record.entries.reversed().flatMap(\.results).map(detail).joined(separator: "\n")
  }

  private func detail(_ result: VersionResult) -> String {
    var parts: [String] = []
    if let reason = result.reason { parts.append("<pre>\(reason.markupEscaped)</pre>") }
    let rungs = result.rungs.map { report in
      let seconds = report.seconds.map { " <small>\($0) s</small>" } ?? ""
      let name = report.rung.rawValue
      return switch report.status {
      case .passed: "<li class=\"pass\">✓ \(name)\(seconds)</li>"
      case .failed: "<li class=\"fail\">✗ \(name)\(seconds)</li>"
      case .unfinished: "<li class=\"error\">! \(name)\(seconds)</li>"
      case .notTried: "<li class=\"none\">\(name)</li>"
      }
    }
    parts.append("<ol class=\"rungs\">\(rungs.joined())</ol>")
    if !result.patches.isEmpty {
      parts.append(
        Self.rows(
          "Patches",
          result.patches.map { ($0.name, $0.detail.map { detail in "\(detail)" } ?? "", $0.outcome.rawValue) }
        ))
    }
    if let proofs = result.proofs {
      parts.append(
        Self.rows(
          "Proofs",
          proofs.map { proof in
            let controls = proof.controls.map { "\ncontrol, \($0.what): \($0.read)" }
            return (
              proof.name, proof.read + controls.joined(),
              proof.holds ? "holds, its control fails" : "FAILS"
            )
          }))
    }
    var facts: [(String, String)] = []
    if let memory = result.memory {
      facts.append(("memory, XIP", memory.xip.line))
      facts.append(("memory, twin in RAM", memory.stock.line))
      if let least = ResultsTable.leastRAM(memory) { facts.append(("least RAM, XIP of twin", least)) }
    }
    if let bytes = result.imageBytes { facts.append(("flash image", "\(bytes) bytes")) }
    if let count = result.instructions { facts.append(("instructions to power-off", "\(count)")) }
    if let compiler = result.compiler { facts.append(("compiler", compiler)) }
    if let qemu = result.qemu { facts.append(("QEMU", qemu)) }
    if let variant = result.variant { facts.append(("form of the series", variant)) }
    facts.append(("series", result.series))
    if let tree = result.tree { facts.append(("tree", tree)) }
    facts.append(("date", result.date))
    let list = facts.map { "<dt>\($0.0.markupEscaped)</dt><dd>\($0.1.markupEscaped)</dd>" }.joined()
    parts.append("<dl>\(list)</dl>")
    // The anchor lies inside, so that following a link to it opens the details.
    let isOpen = result.verdict == .pass ? "" : " open"
    return """
      <details\(isOpen)><summary class="\(result.verdict.rawValue)">\
      \(Self.mark(result.verdict)) \(result.title.markupEscaped), \(result.rung?.rawValue ?? "nothing reached")</summary>
      <div id="\(anchor(result))">
      \(parts.joined(separator: "\n"))
      </div></details>
      """
  }

  private static func rows(_ title: String, _ rows: [(String, String, String)]) -> String {
    let cells = rows.map { name, detail, outcome in
      let lines = detail.split(separator: "\n").map { "<small>\($0.description.markupEscaped)</small>" }
        .joined()
      return "<tr><td>\(name.markupEscaped)\(lines)</td><td>\(outcome.markupEscaped)</td></tr>"
    }
    return "<h4>\(title)</h4><table class=\"list\">\(cells.joined())</table>"
  }
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
    let all = [
      chart("RAM saved by XIP", unit: "KiB") { $0.memory.map { Double($0.savedKiB) } },
      chart("Flash image", unit: "KiB") { $0.imageBytes.map { Double($0) / 1024 } },
      chart("Instructions to power-off", unit: "million") { $0.instructions.map { Double($0) / 1e6 } },
    ].filter { !$0.isEmpty }
    return all.isEmpty
      ? ""
      : "<h2>Over the versions</h2>\n<section class=\"charts\">\n\(all.joined(separator: "\n"))\n</section>"
  }
}
