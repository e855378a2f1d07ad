public import FlashCost

/// What the boots of one version cost on one board, as tables for people.
public struct CostsTable: Sendable {
  private let costs: Costs
  private let board: Board
  private let modes: [FlashMode]
  private let mode: FlashMode

  /// Makes the tables of `costs` on `board`, one of `boards`.
  public init(_ costs: Costs, on board: Board, of boards: Boards) {
    self.costs = costs
    self.board = board
    modes = boards.modes
    mode = boards.mode(of: board)
  }

  /// What the board is supposed to be, in one line.
  public var title: String {
    func size(_ cache: Board.SourcedCache) -> String { "\(cache.bytes / 1024) KiB \(cache.ways)-way" }
    return
      "\(board.title): \(decimal(board.megahertz.value)) MHz, code cache \(size(board.codeCache)), data cache "
      + "\(size(board.dataCache)), RAM line \(decimal(board.ramLineNanoseconds.value)) ns, "
      + "CPI \(decimal(board.cyclesPerInstruction.value)), flash \(mode.title)"
  }

  /// The stages of the three ways of booting.
  public var stages: Table {
    var table = Table([
      "image", "stage", "instructions", "waiting", "read from flash", "stored to RAM", "flash lines",
      "RAM lines",
      "seconds",
    ])
    let estimate = Estimate(board, mode)
    for way in costs.ways {
      func add(_ name: String, _ stages: [Costs.Stage], _ seconds: Double?) {
        let misses = stages.compactMap { $0.misses[board.caches.name] }
        func sum(_ number: (Costs.Stage) -> Int) -> Int { stages.reduce(0) { $0 &+ number($1) } }
        table.add([
          way.way.title, name, "\(sum(\.counts.instructions))", "\(sum(\.counts.waiting))",
          "\(sum(\.counts.flashBytes))", "\(sum(\.counts.ramBytesStored))",
          "\(misses.reduce(0) { $0 &+ $1.flash })", "\(misses.reduce(0) { $0 &+ $1.ram })",
          seconds.map { decimal($0, places: 4) } ?? "-",
        ])
      }
      for stage in way.stages {
        if stage.stage == .firstProcess {
          let before = way.stages.filter { $0.stage != .firmware && $0.stage != .firstProcess }
          add("= to user space", before, estimate.secondsToUser(way))
        }
        add(stage.stage.rawValue, [stage], estimate.seconds(stage))
      }
    }
    return table
  }

  /// What the lines missed are, by where they lie.
  public var misses: Table {
    var table = Table(["image", "stage"] + Region.allCases.map(\.rawValue) + ["per 1000 instructions"])
    for way in costs.ways {
      for stage in way.stages {
        guard let misses = stage.misses[board.caches.name] else { continue }
        let instructions = stage.counts.instructions - stage.counts.waiting
        let rate = instructions > 0 ? Double(misses.flash + misses.ram) * 1000 / Double(instructions) : 0
        table.add(
          [way.way.title, stage.stage.rawValue] + Region.allCases.map { "\(misses[$0])" }
            + [decimal(rate, places: 2)])
      }
    }
    return table
  }

  /// What flash costs in each mode.
  public var price: Table {
    var table = Table([
      "flash read by", "line, µs", "cycles", "kernel init, s", "slow-down", "first process",
      "its kernel part",
      "to user: XIP", "uncompressed", "compressed",
    ])
    for mode in modes {
      let estimate = Estimate(board, mode)
      func seconds(_ way: BootWay) -> String {
        costs[way].flatMap(estimate.secondsToUser).map { decimal($0, places: 3) } ?? "-"
      }
      table.add([
        (mode == self.mode ? "* " : "  ") + mode.title, decimal(mode.lineNanoseconds / 1000, places: 2),
        decimal(mode.lineNanoseconds * board.megahertz.value / 1000, places: 0),
        costs[.xip]?[.kernelInit].flatMap(estimate.seconds).map { decimal($0, places: 3) } ?? "-",
        Self.slowdown(estimate, .kernelInit, costs), Self.slowdown(estimate, .firstProcess, costs),
        estimate.kernelSlowdown(.firstProcess, in: costs).map { decimal($0, places: 2) } ?? "-",
        seconds(.xip), seconds(.uncompressed), seconds(.compressed),
      ])
    }
    return table
  }

  /// How far off the estimate may be by what the model leaves out and can count, in words.
  public var error: String {
    guard let stage = costs[.xip]?[.kernelInit], let all = Estimate(board, mode).seconds(stage), all > 0
    else {
      return ""
    }
    let added = Estimate(board, mode).secondsOfInvalidations(stage)
    let share = added / all * 100
    return "The ranges are those of \(decimal(board.cyclesPerInstruction.least)) to "
      + "\(decimal(board.cyclesPerInstruction.most)) cycles an instruction. The kernel's initialisation carries out "
      + "\(stage.counts.codeInvalidations) instructions that invalidate a line of code, which the model keeps: all of "
      + "them filled again from flash add \(decimal(share))% at most."
  }

  /// Returns a slow-down with its range: `2.31 (2.02-2.58)`.
  static func slowdown(_ estimate: Estimate, _ stage: BootStage, _ costs: Costs) -> String {
    guard let slowdown = estimate.slowdown(stage, in: costs) else { return "-" }
    let range = estimate.slowdownRange(stage, in: costs).map {
      " (\(decimal($0.lowerBound, places: 2))-\(decimal($0.upperBound, places: 2)))"
    }
    return decimal(slowdown, places: 2) + (range ?? "")
  }
}

extension BootWay {
  /// The image that is booted in this way.
  var title: String {
    switch self {
    case .xip: "XIP"
    case .uncompressed: "uncompressed"
    case .compressed: "compressed"
    }
  }
}

/// Returns `value` with `places` decimals, one or none by default.
func decimal(_ value: Double, places: Int? = nil) -> String {
  // Farther out than any figure, and still a number of the machine.
  let value = min(max(value.isFinite ? value : 0, -1e12), 1e12)
  let places = places ?? (value == value.rounded() ? 0 : 1)
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = Int((abs(value) * scale).rounded())
  let sign = value < 0 && scaled != 0 ? "-" : ""
  guard places > 0 else { return "\(sign)\(scaled)" }
  let fraction = "\(scaled % Int(scale))"
  return "\(sign)\(scaled / Int(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
}
