import Host
import SystemPackage
import TestSupport
import Testing

@testable import FlashCost

@Suite("An estimate")
struct EstimateTests {
  private static func boards() throws -> Boards { try Boards(in: Tool.project.appending("boards")) }

  @Test("fills a line in the time that clocks and data sheets come to")
  func lines() throws {
    // 32 bytes: clocks and MHz, counted apart from the code.
    let clocks: [String: (Double, Double)] = [
      "spi-03h-25": (288, 25), "spi-03h-44": (288, 44), "spi-0bh-104": (296, 104), "spi-3bh-104": (168, 104),
      "spi-6bh-104": (104, 104), "spi-ebh-104": (84, 104), "spi-ebh-continuous-104": (76, 104),
      "spi-ebh-continuous-133": (76, 133), "spi-dtr-104": (43, 104),
    ]
    var expected = clocks.mapValues { $0.0 / $0.1 }
    // 16 reads of 90 ns; twice 90 and 7 x 25; twice 150 and 3 x 25.
    expected["nor-x16-90"] = 1.44
    expected["nor-x16-page-90-25"] = 0.53
    expected["nor-x32-page-150-25"] = 0.45
    let modes = try Self.boards().modes
    #expect(modes.count == expected.count)
    for mode in modes {
      let microseconds = expected[mode.name] ?? 0
      #expect(abs(mode.lineNanoseconds / 1000 - microseconds) < 1e-9, "\(mode.name)")
      #expect(mode.wordNanoseconds < mode.lineNanoseconds)
    }
    let slow = try #require(modes.first { $0.name == "spi-03h-44" })
    #expect(abs(slow.wordNanoseconds - 64 / 44 * 1000) < 1e-9)
  }

  @Test("is what the formula comes to by hand")
  func formula() throws {
    let board = try #require(try Self.boards()["mt7628"])
    var stage = Costs.Stage(.kernelInit, counts: .init(), misses: [:])
    stage.counts.instructions = 1_500_000
    stage.counts.waiting = 500_000
    stage.counts.uncachedFlashFetches = 10
    stage.counts.uncachedFlashLoads = 5
    stage.counts.uncachedRAM = 7
    var misses = Costs.Misses()
    (misses.flashText, misses.flashData, misses.ramText, misses.ramData, misses.user) = (
      1000, 200, 30, 400, 5
    )
    stage.misses = [board.caches.name: misses]
    let mode = FlashMode("test", .init(overheadClocks: 0, clocksPerByte: 1, megahertz: 100))
    // 10⁶ x 1.5 / 580 MHz = 2586.2 µs; 1200 x 0.32 µs = 384; 435 x 0.08 = 34.8; 15 x 0.04 = 0.6; 7 x 0.08 = 0.56.
    let seconds = try #require(Estimate(board, mode).seconds(stage))
    #expect(abs(seconds * 1e6 - (1.5e6 / 580 + 384 + 34.8 + 0.6 + 0.56)) < 1e-6)
    stage.misses = ["1k1+1k1": misses]
    #expect(Estimate(board, mode).seconds(stage) == nil)
  }

  @Test("of the slow-down compares the kernel in flash with the one in RAM")
  func slowdown() throws {
    let board = try #require(try Self.boards()["mt7628"])
    func stage(_ flash: Int, _ ram: Int) -> Costs.Stage {
      var misses = Costs.Misses()
      (misses.flashText, misses.ramText, misses.user) = (flash, ram, 10)
      var counts = Costs.Counts()
      (counts.instructions, counts.userInstructions) = (580_000, 290_000)
      return Costs.Stage(.firstProcess, counts: counts, misses: [board.caches.name: misses])
    }
    let costs = Costs([
      .init(.xip, flashBytes: 0, stages: [stage(1000, 0)]),
      .init(.uncompressed, flashBytes: 0, stages: [stage(0, 1000)]),
    ])
    let mode = FlashMode("test", .init(overheadClocks: 0, clocksPerByte: 1, megahertz: 20))
    let estimate = Estimate(board, mode)
    // A line of flash takes 1.6 µs, one of RAM 0.08; 580000 instructions 1500 µs, half of them 750.
    let whole = (1500 + 1600 + 0.8) / (1500 + 80 + 0.8)
    let kernel = (750.0 + 1600) / (750 + 80)
    #expect(abs(try #require(estimate.slowdown(.firstProcess, in: costs)) - whole) < 1e-9)
    #expect(abs(try #require(estimate.kernelSlowdown(.firstProcess, in: costs)) - kernel) < 1e-9)
    let range = try #require(estimate.slowdownRange(.firstProcess, in: costs))
    #expect(range.contains(whole) && range.upperBound > whole && range.lowerBound < whole)
    #expect(estimate.slowdown(.copy, in: costs) == nil)
  }

  @Test("is made of boards whose every figure says where it is from")
  func files() throws {
    let boards = try Self.boards()
    #expect(boards.boards.map(\.name) == ["ar9331", "generic", "mt7628", "sead3"])
    #expect(boards.caches.count < boards.boards.count, "boards with the same caches share a run")
    for (_, board) in boards.boards { #expect(boards.mode(of: board).lineNanoseconds > 0) }
  }

  @Test("of a board that cannot be is refused with the file's name")
  func damaged() async throws {
    let source = Tool.project.appending("boards")
    try await withTemporaryDirectory { directory in
      try Files.write(try Files.read(source.appending("flash.json")), to: directory.appending("flash.json"))
      let good = String(decoding: try Files.read(source.appending("mt7628.json")), as: UTF8.self)
      let board = directory.appending("mine.json")
      func problem(_ text: String) throws -> String? {
        try Files.write(Array(text.utf8), to: board)
        do throws(BoardError) {
          _ = try Boards(in: directory)
          return nil
        } catch {
          return error.description
        }
      }
      #expect(try problem(good) == nil)
      for (from, to, word) in [
        ("65536", "65535", "code cache"), ("\"value\": 580,", "\"value\": 0,", "clock"),
        ("spi-03h-44\"", "spi-9\"", "spi-9"), ("\"schema\": 1", "\"schema\": 2", "schema 2"),
        ("\"core\": \"24KEc\",", "", "core"), ("\"title\"", "title", "not JSON"),
      ] {
        let text = good.replacing(from, with: to)
        #expect(text != good)
        let told = try #require(try problem(text), "\(to)")
        #expect(told.contains("mine.json") && told.contains(word), "\(told)")
      }
    }
  }
}
