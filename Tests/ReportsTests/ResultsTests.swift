import PatchStack
import Reports
import Testing
import VersionMatrix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

private func result(_ change: (inout VersionResult) -> Void) -> VersionResult {
  var result = VersionResult(
    version: "v6.12.107", toolchain: "gcc", series: "s", date: "2026-01-02T03:04:05Z")
  change(&result)
  return result
}

@Test func aPassedResultShowsBothMemoriesAndWhatIsSaved() {
  let passed = result {
    $0.verdict = .pass
    $0.rung = .booted
    $0.memory = .init(
      xip: .init(availableKiB: 3000, reservedKiB: 10, line: "Memory: …", smallestKiB: 2816),
      stock: .init(availableKiB: 1000, reservedKiB: 2010, line: "Memory: …", smallestKiB: 5632))
  }
  let table = ResultsTable([passed])
  #expect(
    table.table.lines().last?.hasSuffix("3000 KiB       1000 KiB        2000 KiB  2816 of 5632 KiB") == true)
  #expect(table.reasons == [])
}

@Test func aFailedResultShowsItsReasonBelowTheTable() {
  let failed = result {
    $0.verdict = .fail
    $0.rung = .rebased
    $0.reason = "not compiled: drivers/x.c:1:2: error"
  }
  #expect(ResultsTable([failed]).reasons == ["v6.12.107 gcc: not compiled: drivers/x.c:1:2: error"])
}

@Test func theDocumentReadsBackAsWritten() throws {
  let results = [result { $0.verdict = .error }]
  let text = try ResultsDocument(results).json
  let back = try JSONDecoder().decode(ResultsDocument.self, from: Data(text.utf8))
  #expect(back.schema == 1)
  #expect(back.results == results)
  #expect(text.hasSuffix("}\n"))
}
