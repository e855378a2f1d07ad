import KernelTrees
import PatchStack
import VersionMatrix
import XIPKernel

extension HTMLReport {
  /// The most earlier results that are shown of one cell; git has them all.
  private static let pastLimit = 20

  /// What the page says of one result, folded but for those that did not pass.
  func details(_ result: VersionResult) -> String {
    var parts: [String] = []
    if let reason = result.reason { parts.append("<pre>\(reason.markupEscaped)</pre>") }
    if let log = result.log { parts.append("<h4>Log</h4><pre>\(log.markupEscaped)</pre>") }
    parts.append("<ol class=\"rungs\">\(result.rungs.map(item).joined())</ol>")
    if !result.patches.isEmpty {
      parts.append(
        Self.rows(
          "Patches",
          result.patches.map { ($0.name, $0.detail.map { detail in "\(detail)" } ?? "", $0.outcome.rawValue) }
        ))
    }
    if let proofs = result.proofs { parts.append(Self.rows("Proofs", proofs)) }
    if let applications = result.applications {
      parts.append(Self.rows("Applications in flash", applications.proofs))
    }
    parts.append(costs(of: result))
    let list = facts(of: result).map { "<dt>\($0.0.markupEscaped)</dt><dd>\($0.1.markupEscaped)</dd>" }
    parts.append("<dl>\(list.joined())</dl>")
    parts.append(past(of: result))
    // The anchor lies inside, so that following a link to it opens the details.
    let isOpen = result.verdict == .pass ? "" : " open"
    return """
      <details\(isOpen)><summary class="\(result.verdict.rawValue)">\
      \(result.verdict.mark) \(result.title.markupEscaped), \(result.rung.name)</summary>
      <div id="\(anchor(result))">
      \(parts.joined(separator: "\n"))
      </div></details>
      """
  }

  private func item(_ report: RungReport) -> String {
    let seconds = report.seconds.map { " <small>\($0) s</small>" } ?? ""
    let name = report.rung.rawValue
    return switch report.status {
    case .passed: "<li class=\"pass\">\(Verdict.pass.mark) \(name)\(seconds)</li>"
    case .failed: "<li class=\"fail\">\(Verdict.fail.mark) \(name)\(seconds)</li>"
    case .unfinished: "<li class=\"error\">\(Verdict.error.mark) \(name)\(seconds)</li>"
    case .notTried: "<li class=\"none\">\(name) <small>not tried</small></li>"
    }
  }

  private func facts(of result: VersionResult) -> [(String, String)] {
    let facts: [(String, String?)] = [
      ("memory, XIP", result.memory?.xip.line),
      ("memory, twin in RAM", result.memory?.stock.line),
      ("least RAM, XIP of twin", result.memory.flatMap(ResultsTable.leastRAM)),
      ("applications", result.applications?.summary),
      ("flash image", result.imageBytes.map { "\($0) bytes" }),
      ("booted as, with the same bytes", result.sharedWith),
      (
        "tries",
        result.tries.map { $0.map { $0.reason == nil ? "passed" : "failed" }.joined(separator: ", ") }
      ),
      ("instructions to power-off", result.instructions.map { "\($0)" }),
      ("compiler", result.compiler),
      ("QEMU", result.qemu),
      ("form of the series", result.variant),
      ("series", result.series),
      ("tree", result.tree),
      ("vouched for by", result.verification?.rawValue),
      ("date", result.date),
    ]
    return facts.compactMap { name, value in value.map { (name, $0) } }
  }

  private func past(of result: VersionResult) -> String {
    let past = history.before(result)
    guard !past.isEmpty else { return "" }
    let entries = past.prefix(Self.pastLimit).map { past in
      let first = past.reason?.split(separator: "\n").first.map { ": \($0.description.markupEscaped)" } ?? ""
      return "<li><time>\(past.date.prefix(10).description.markupEscaped)</time> "
        + "<span class=\"\(past.verdict.rawValue)\">\(past.verdict.mark) \(past.rung.name)</span>\(first)</li>"
    }
    let more = past.count - entries.count
    let rest = more > 0 ? "<li>\(more) earlier</li>" : ""
    return "<h4>On record before</h4><ul class=\"past\">\(entries.joined())\(rest)</ul>"
  }

  private static func rows(_ title: String, _ proofs: [Proof]) -> String {
    rows(
      title,
      proofs.map { proof in
        let controls = proof.controls.map { "\ncontrol, \($0.what): \($0.read)" }
        return (
          proof.name, proof.read + controls.joined(), proof.holds ? "holds, its control fails" : "FAILS"
        )
      })
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
