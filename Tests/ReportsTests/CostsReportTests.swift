import FlashCost
import Host
import Reports
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

@Suite("What is made of the record")
struct CostsReportTests {
  @Test("is what docs/ has of it: make docs")
  func committed() throws {
    let record = try Record.load(Tool.project.appending("kernel-versions.json"))
    let boards = try Boards(in: Tool.project.appending("boards"))
    let docs = Tool.project.appending("docs")
    func file(_ name: String) throws -> String {
      String(decoding: try Files.read(docs.appending(name)), as: UTF8.self)
    }
    #expect(try file("costs.md") == CostsReport(record, boards).text, "run make docs")
    #expect(try file("ram-saved.svg") == RAMPicture(record).svg, "run make docs")
  }

  @Test(
    "counts as many instructions as QEMU does by itself, but for few that begin again"
  )
  func counts() throws {
    let record = try Record.load(Tool.project.appending("kernel-versions.json"))
    for result in record.entries.flatMap(\.results) {
      guard let xip = result.costs?[.xip], let instructions = result.instructions else { continue }
      let counted = xip.stages.reduce(0) { $0 + $1.counts.instructions }
      #expect(counted >= instructions && counted - instructions < instructions / 10_000, "\(result.version)")
      for way in BootWay.allCases {
        // The shim and the first process are the same in all of them.
        // An image that does not fit the flash is left out.
        guard let costs = result.costs?[way] else { continue }
        #expect(costs[.firmware]?.counts.instructions == xip[.firmware]?.counts.instructions)
        let (user, other) = (costs[.firstProcess]?.counts, xip[.firstProcess]?.counts)
        let difference = abs((user?.userInstructions ?? 0) - (other?.userInstructions ?? 0))
        #expect(difference < 1000, "\(result.version)")
      }
    }
  }

  /// A result that was measured, with figures that are easy to count with.
  private static func measured() throws -> VersionResult {
    var result = VersionResult(
      version: "v6.12.107", toolchain: "gcc", series: "s", date: "2026-01-02T03:04:05Z")
    result.verdict = .pass
    result.key = "k"
    func stage(_ stage: BootStage, _ instructions: Int, flash: Int, ram: Int) -> Costs.Stage {
      var counts = Costs.Counts()
      counts.instructions = instructions
      var misses = Costs.Misses()
      (misses.flashText, misses.ramText) = (flash, ram)
      return Costs.Stage(stage, counts: counts, misses: ["64k4+32k4": misses])
    }
    result.costs = Costs([
      .init(
        .xip, flashBytes: 100,
        stages: [
          stage(.firmware, 7, flash: 0, ram: 0), stage(.kernelInit, 580_000, flash: 1000, ram: 0),
          stage(.firstProcess, 580_000, flash: 10, ram: 0),
        ]),
      .init(
        .uncompressed, flashBytes: 200,
        stages: [
          stage(.firmware, 7, flash: 0, ram: 0), stage(.copy, 580_000, flash: 2000, ram: 0),
          stage(.kernelInit, 580_000, flash: 0, ram: 1000), stage(.firstProcess, 580_000, flash: 0, ram: 10),
        ]),
    ])
    return result
  }

  @Test("has the seconds that the formula comes to, on the board that they were measured for")
  func tables() throws {
    let boards = try Boards(in: Tool.project.appending("boards"))
    let board = try #require(boards["mt7628"])
    let costs = try #require(try Self.measured().costs)
    let stages = CostsTable(costs, on: board, of: boards).stages.lines()
    // 1.5 ms of instructions each; a line of 03h at 44 MHz 6.5454 µs, one of RAM 0.08 µs.
    func seconds(_ image: String, _ stage: String) -> String? {
      stages.first { $0.hasPrefix(image) && $0.contains(" \(stage) ") }?.split(separator: " ").last.map(
        String.init)
    }
    #expect(seconds("XIP", "kernel-init") == "0.0080")
    #expect(seconds("XIP", "space") == "0.0080")
    #expect(seconds("uncompressed", "copy") == "0.0146")
    #expect(seconds("uncompressed", "kernel-init") == "0.0016")
    #expect(seconds("uncompressed", "space") == "0.0162")
    let price = CostsTable(costs, on: board, of: boards).price.lines()
    #expect(price.count == boards.modes.count + 1)
    let own = try #require(price.first { $0.hasPrefix("* ") })
    // (1.5 + 6.5454) / (1.5 + 0.08), and with 1.2 and 2 cycles an instruction.
    #expect(own.contains(" 5.09 (4.11-6.05) "))
    let document = CostsDocument([.init(costs, of: "v6.12.107", "gcc", on: board, of: boards)], on: "mt7628")
    #expect(try document.json.contains("spi-03h-44"))
  }

  @Test("keeps what was measured as long as the content is the same")
  func kept() throws {
    var record = Record()
    let measured = try Self.measured()
    let costs = try #require(measured.costs)
    var isTaken = record.take(costs, of: measured)
    #expect(!isTaken, "no result to stand beside")
    var plain = measured
    plain.costs = nil
    record.take(plain)
    isTaken = record.take(costs, of: measured)
    #expect(isTaken)
    #expect(record.result("v6.12.107", toolchain: "gcc")?.costs == costs)
    record.take(plain)
    #expect(record.result("v6.12.107", toolchain: "gcc")?.costs == costs, "a climb of the same content")
    plain.key = "other"
    isTaken = record.take(costs, of: plain)
    #expect(!isTaken)
    record.take(plain)
    #expect(record.result("v6.12.107", toolchain: "gcc")?.costs == nil, "another content")
  }

  @Test("reads back as written, without a number that no machine counts")
  func coding() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("kernel-versions.json")
      let record = Record([try Self.measured()])
      try record.save(path)
      #expect(try Record.load(path) == record)
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      #expect(!text.contains("\"userInstructions\""), "what is 0 is not written")
      for number in ["-1", "9007199254740993", "1.5"] {
        let damaged = text.replacing("\"instructions\" : 580000", with: "\"instructions\" : \(number)")
        #expect(damaged != text)
        try Files.write(Array(damaged.utf8), to: path)
        #expect(throws: RecordError.self) { try Record.load(path) }
      }
    }
  }

  @Test("names every version in the picture, as XML that a reader takes")
  func picture() async throws {
    let record = try Record.load(Tool.project.appending("kernel-versions.json"))
    let svg = RAMPicture(record).svg
    for entry in record.entries where record.result(entry.version, toolchain: "gcc")?.memory != nil {
      #expect(svg.contains(">\(entry.version)</text>"))
    }
    let program = "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)"
    _ = try await Command("python3", ["-c", program]).output(input: Array(svg.utf8))
  }
}
