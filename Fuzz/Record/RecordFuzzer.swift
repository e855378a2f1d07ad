import CLibFuzzer
import Reports

@testable import VersionMatrix

/// Takes bytes for `kernel-versions.json`.
///
/// What is refused is refused with a line of the file. What is read is the same after it was written and read again, is
/// not changed by a merge with itself, and every report can be made of it, in which no text ends the place it stands in.
@main enum FuzzRecord {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
      return 0
    }
  }
}

private func fuzz(_ bytes: [UInt8]) {
  let record: Record
  do {
    record = try Record(bytes, at: "r")
  } catch {
    guard case .malformed(_, let line, let problem) = error else { fatalError("refused as \(error)") }
    require((1...bytes.count + 1).contains(line) && !problem.isEmpty, "line \(line): \(problem)")
    return
  }
  guard let written = try? record.bytes, let again = try? Record(written, at: "w") else {
    fatalError("is not read again")
  }
  require(again == record, "another record")
  var merged = record
  merged.merge(record)
  require(merged == record, "merged with itself it is another record")
  require(record.regressions(since: record).isEmpty, "worse than itself")

  let results = record.entries.flatMap(\.results)
  let markdown = MarkdownReport(results).text
  require(markdown.utf8.count <= MarkdownReport.limit, "a summary of \(markdown.utf8.count) bytes")
  let ktap = KTAPReport(results).text.split(separator: "\n", omittingEmptySubsequences: false)
  require(
    ktap.count { $0.hasPrefix("ok ") || $0.hasPrefix("not ok ") } == results.count, "other tests in KTAP")
  _ = JUnitReport(results).text
  _ = try? KCIDBReport(results).json
  _ = try? ResultsDocument(results).json
  _ = ResultsTable(results).table.lines()
  let page = HTMLReport(record, history: RecordHistory()).text
  for tag in ["<script", "<img", "<iframe", "</pre></pre>"] {
    require(!page.contains(tag), "\(tag) in the page")
  }
}

/// Fails in a way that a release build gives the reason of.
private func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
  if !condition { fatalError(reason()) }
}
