public import FlashCost

/// What boots cost on one board, as a JSON document for programs.
public struct CostsDocument: Encodable, Sendable {
  private let schema = 1
  private let board: String
  private let results: [Measured]

  /// What one version costs.
  public struct Measured: Encodable, Sendable {
    private let version: String
    private let toolchain: String
    private let costs: Costs
    private let seconds: [Seconds]
    private let price: [Price]

    /// Makes the figures of `costs` on `board`, one of `boards`.
    public init(
      _ costs: Costs, of version: String, _ toolchain: String, on board: Board, of boards: Boards
    ) {
      (self.version, self.toolchain, self.costs) = (version, toolchain, costs)
      let own = Estimate(board, boards.mode(of: board))
      seconds = costs.ways.flatMap { way in
        way.stages.compactMap { stage in
          own.seconds(stage).map { Seconds(way: way.way, stage: stage.stage, seconds: $0) }
        }
      }
      price = boards.modes.map { mode in
        let estimate = Estimate(board, mode)
        var slowdown: [String: Double] = [:]
        for stage in [BootStage.kernelInit, .firstProcess] {
          slowdown[stage.rawValue] = estimate.slowdown(stage, in: costs)
        }
        slowdown["first-process-kernel"] = estimate.kernelSlowdown(.firstProcess, in: costs)
        var toUser: [String: Double] = [:]
        for way in costs.ways { toUser[way.way.rawValue] = estimate.secondsToUser(way) }
        return Price(
          mode: mode.name, lineNanoseconds: mode.lineNanoseconds, slowdown: slowdown, secondsToUser: toUser)
      }
    }
  }

  /// The seconds of one stage.
  private struct Seconds: Encodable, Sendable {
    let way: BootWay
    let stage: BootStage
    let seconds: Double
  }

  /// What flash costs in one mode.
  private struct Price: Encodable, Sendable {
    let mode: String
    let lineNanoseconds: Double
    let slowdown: [String: Double]
    let secondsToUser: [String: Double]
  }

  /// Makes the document of what versions cost on the board of a name.
  public init(_ results: [Measured], on board: String) {
    self.results = results
    self.board = board
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
