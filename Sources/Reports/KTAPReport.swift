public import VersionMatrix
import XIPKernel

/// Results in the kernel's test format (Documentation/dev-tools/ktap.rst): a test for each version and toolchain, a
/// subtest for each rung, and below `proved` one for each proof.
public struct KTAPReport: Sendable {
  /// The results, a test each.
  public let results: [VersionResult]

  /// Makes the report of `results`.
  public init(_ results: [VersionResult]) {
    self.results = results
  }

  /// The report's text.
  public var text: String {
    var lines = Block(depth: 0)
    lines.plan(results.count)
    for (index, result) in results.enumerated() {
      lines.append(contentsOf: subtests(of: result))
      let reports = result.rungs
      let isOK = !reports.contains { $0.status == .failed || $0.status == .unfinished }
      lines.result(index + 1, result.title, isOK: isOK)
    }
    return lines.lines.joined(separator: "\n") + "\n"
  }

  private func subtests(of result: VersionResult) -> [String] {
    var block = Block(depth: 1)
    let reports = result.rungs
    block.plan(reports.count, named: result.title)
    for (index, report) in reports.enumerated() {
      if report.rung == .proved, report.status != .notTried, let proofs = result.proofs {
        var inner = Block(depth: 2)
        inner.plan(proofs.count, named: report.rung.rawValue)
        for (number, proof) in proofs.enumerated() {
          inner.diagnose("\(proof.read)")
          for control in proof.controls { inner.diagnose("control: \(control.what): \(control.read)") }
          inner.result(number + 1, proof.name, isOK: proof.holds)
        }
        block.append(contentsOf: inner.lines)
      }
      if let account = report.account { block.diagnose(account) }
      switch report.status {
      case .passed: block.result(index + 1, report.rung.rawValue, isOK: true)
      case .failed: block.result(index + 1, report.rung.rawValue, isOK: false)
      case .unfinished:
        block.result(index + 1, report.rung.rawValue, isOK: false, "ERROR could not be finished")
      case .notTried: block.result(index + 1, report.rung.rawValue, isOK: true, "SKIP not tried")
      }
    }
    return block.lines
  }

  /// One level of the report, indented by two blanks for each level above it.
  private struct Block {
    let depth: Int
    private(set) var lines: [String] = []

    init(depth: Int) {
      self.depth = depth
    }

    mutating func plan(_ count: Int, named name: String? = nil) {
      add("KTAP version 1")
      if let name { diagnose("Subtest: \(name.split(whereSeparator: \.isNewline).joined(separator: " "))") }
      add("1..\(count)")
    }

    /// Adds a result line; its description must not hold a `#`, which begins the directive.
    mutating func result(_ number: Int, _ description: String, isOK: Bool, _ directive: String? = nil) {
      let text = description.replacing("#", with: "").split(whereSeparator: \.isNewline).joined(
        separator: " ")
      add("\(isOK ? "ok" : "not ok") \(number) \(harmless(text))" + (directive.map { " # \($0)" } ?? ""))
    }

    /// Adds text as lines of diagnosis, without what a console would act on.
    mutating func diagnose(_ text: String) {
      for line in text.split(whereSeparator: \.isNewline) { add("# \(harmless(line))") }
    }

    private func harmless(_ line: some StringProtocol) -> String {
      String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 32 || $0 == "\t" }))
    }

    mutating func append(contentsOf others: [String]) {
      lines += others
    }

    private mutating func add(_ line: String) {
      lines.append(String(repeating: "  ", count: depth) + line)
    }
  }
}
