import PatchStack
public import VersionMatrix

/// Results as JUnit XML: a suite for each version and toolchain, a case for each rung.
///
/// GitLab shows a case's `classname` and `name` and nothing of its suite, so the version stands in the former.
public struct JUnitReport: Sendable {
  /// The results, a suite each.
  public let results: [VersionResult]

  /// Makes the report of `results`.
  public init(_ results: [VersionResult]) {
    self.results = results
  }

  /// The report's text.
  public var text: String {
    let suites = results.map(Suite.init)
    let sum = suites.reduce(Counts()) { $0 + $1.counts }
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuites name=\"xip-rebase\" \(sum.attributes)>",
    ]
    for suite in suites { lines += suite.lines }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  /// How many cases there are, and how they ended.
  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0
    var skipped = 0
    var tenths = 0

    /// As they stand on the root, for which Jenkins' schema knows no skipped cases.
    var attributes: String {
      "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" time=\"\(tenths / 10).\(tenths % 10)\""
    }

    mutating func take(_ report: RungReport) {
      tests += 1
      tenths += Int(min(max(0, report.seconds ?? 0), 1e9) * 10)
      switch report.status {
      case .passed: break
      case .failed: failures += 1
      case .unfinished: errors += 1
      case .notTried: skipped += 1
      }
    }

    static func + (left: Self, right: Self) -> Self {
      Self(
        tests: left.tests + right.tests, failures: left.failures + right.failures,
        errors: left.errors + right.errors, skipped: left.skipped + right.skipped,
        tenths: left.tenths + right.tenths)
    }
  }

  private struct Suite {
    let counts: Counts
    let lines: [String]

    init(_ result: VersionResult) {
      var counts = Counts()
      let reports = result.rungs
      for report in reports { counts.take(report) }
      var lines = [
        "  <testsuite name=\"\(result.title.markupEscaped)\" timestamp=\"\(result.date.markupEscaped)\" "
          + "\(counts.attributes) skipped=\"\(counts.skipped)\">", "    <properties>",
      ]
      let properties: [(String, String?)] = [
        ("series", result.series), ("tree", result.tree), ("key", result.key), ("compiler", result.compiler),
        ("qemu", result.qemu), ("patches", result.patches.isEmpty ? nil : result.patches.summary),
        ("saved-kib", result.memory.map { "\($0.savedKiB)" }),
        ("instructions", result.instructions.map { "\($0)" }),
      ]
      for (name, value) in properties {
        guard let value else { continue }
        lines.append("      <property name=\"\(name)\" value=\"\(value.markupEscaped)\"/>")
      }
      lines.append("    </properties>")
      for report in reports {
        let start =
          "    <testcase classname=\"xip.\(result.version).\(result.toolchain)\" name=\"\(report.rung.rawValue)\" "
          + "time=\"\(report.seconds ?? 0)\""
        let reason = (report.reason ?? "").markupEscaped
        let first = reason.split(separator: "\n").first.map(String.init) ?? ""
        let account = (report.account ?? "").markupEscaped
        switch report.status {
        case .passed: lines.append("\(start)/>")
        case .failed:
          lines += [
            "\(start)>", "      <failure message=\"\(first)\">\(account)</failure>", "    </testcase>",
          ]
        case .unfinished:
          lines += ["\(start)>", "      <error message=\"\(first)\">\(account)</error>", "    </testcase>"]
        case .notTried: lines += ["\(start)>", "      <skipped message=\"not tried\"/>", "    </testcase>"]
        }
      }
      lines.append("  </testsuite>")
      self.counts = counts
      self.lines = lines
    }
  }
}
