import FlashCost
import Host
import PatchStack
import Reports
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Test func theSchemaKnowsEveryFieldOfAResult() throws {
  let result = VersionResult(version: "v6.12.38", toolchain: "gcc", series: "", date: "")
  let known = try JSONSchemas().files["record.json"]?["$defs"]?["result"]?["properties"]
  #expect(Mirror(reflecting: result).children.compactMap(\.label).filter { known?[$0] == nil } == [])
}

@Test func theRecordAndItsReportsAreAsTheirSchemasSay() throws {
  let schemas = try JSONSchemas()
  let file = Tool.project.appending("kernel-versions.json")
  #expect(try schemas.mistakes(of: Files.read(file), by: "record.json") == [])
  var results = try Record.load(file).entries.flatMap(\.results)
  // What the record has no example of.
  var failed = VersionResult(version: "v6.19-rc1", toolchain: "clang-big", series: "", date: "")
  failed.reason = "not fetched"
  failed.tries = [.init(rung: .booted, reason: "a panic"), .init(rung: .booted)]
  failed.flaky = true
  failed.linked = String(repeating: "0", count: 64)
  failed.sharedWith = "v6.19-rc1 gcc"
  results.append(failed)
  let text = try ResultsDocument(results).json
  #expect(try schemas.mistakes(of: text.utf8, by: "report.json") == [])
  for (old, new, mistake) in [
    ("\"rung\" : \"proved\"", "\"rung\" : \"high\"", "rung is none of those"),
    ("\"schema\" : 1", "\"schema\" : 2", "$.schema is another"),
    ("\"verdict\"", "\"verdikt\"", "lacks verdict"), ("\"qemu\"", "\"emulator\"", "emulator is unknown"),
    ("\"version\" : \"v", "\"version\" : \"", "version is of another form"),
    ("\"seconds\" : {\n", "\"seconds\" : {\n\"up\": 1,", "seconds.up is none of those"),
  ] {
    let damaged = text.replacing(old, with: new)
    #expect(try schemas.mistakes(of: damaged.utf8, by: "report.json").contains { $0.contains(mistake) })
  }
}

/// What only a kernel that boots prints: of the record's own figures.
@Test func whatMeasureAndBootPrintIsAsTheirSchemasSay() throws {
  let schemas = try JSONSchemas()
  let record = try Record.load(Tool.project.appending("kernel-versions.json"))
  let boards = try Boards(in: Tool.project.appending("boards"))
  let board = try #require(boards["mt7628"])
  let measured = record.entries.flatMap(\.results).compactMap { result in
    result.costs.map {
      CostsDocument.Measured($0, of: result.version, result.toolchain, on: board, of: boards)
    }
  }
  #expect(!measured.isEmpty)
  let costs = try CostsDocument(measured, on: "mt7628").json
  #expect(try schemas.mistakes(of: costs.utf8, by: "measure.json") == [])
  let damaged = costs.replacing("\"slowdown\"", with: "\"slow\"")
  let mistakes = try schemas.mistakes(of: damaged.utf8, by: "measure.json")
  #expect(mistakes.contains { $0.contains("lacks slowdown") })

  let proved = try #require(record.entries.flatMap(\.results).last { $0.proofs?.isEmpty == false })
  let proofs = String(decoding: try JSONEncoder().encode(proved.proofs), as: UTF8.self)
  let memory = #"{"xipKiB": 1, "twinKiB": 2}"#
  let text = #"{"schema": 1, "instructions": 7, "smallestMemory": \#(memory), "proofs": \#(proofs)}"#
  let document = try JSONDecoder().decode(ProofsDocument.self, from: Data(text.utf8))
  #expect(try schemas.mistakes(of: document.json.utf8, by: "boot.json") == [])
}
