/// The time that a stage takes on a board whose flash is read in some mode.
///
///     cycles  = (instructions - waiting) x CPI
///     seconds = cycles / clock
///             + lines missed from flash x time of a line of flash
///             + lines missed from RAM   x time of a line of RAM
///             + reads of flash past the caches x time of a word of flash
///             + accesses of RAM past the caches x time of a line of RAM
///
/// The processor is taken to stand still while a line is filled, and to begin again when all of it is there. Instructions
/// that wait for a clock are left out: they take the time that they wait for.
public struct Estimate: Sendable {
  /// The board.
  public let board: Board
  /// How its flash is read.
  public let mode: FlashMode
  /// The cycles of an instruction, where another number than the board's is tried.
  public var cyclesPerInstruction: Double

  /// Makes the estimate for `board` with its flash read in `mode`.
  public init(_ board: Board, _ mode: FlashMode) {
    self.board = board
    self.mode = mode
    cyclesPerInstruction = board.cyclesPerInstruction.value
  }

  /// Returns the seconds that a stage takes, nil where its misses were not measured for the board's caches.
  public func seconds(_ stage: Costs.Stage) -> Double? {
    guard let misses = stage.misses[board.caches.name] else { return nil }
    let counts = stage.counts
    let cycles = Double(counts.instructions - counts.waiting) * cyclesPerInstruction
    let nanoseconds =
      Double(misses.flash) * mode.lineNanoseconds
      + Double(misses.ram) * board.ramLineNanoseconds.value
      + Double(counts.uncachedFlashFetches + counts.uncachedFlashLoads) * mode.wordNanoseconds
      + Double(counts.uncachedRAM) * board.ramLineNanoseconds.value
    return cycles / (board.megahertz.value * 1e6) + nanoseconds / 1e9
  }

  /// Returns the seconds of the stages up to the first instruction of user space, the firmware left out.
  public func secondsToUser(_ way: Costs.Way) -> Double? {
    var sum = 0.0
    for stage in way.stages where stage.stage != .firmware && stage.stage != .firstProcess {
      guard let seconds = seconds(stage) else { return nil }
      sum += seconds
    }
    return sum
  }

  /// Returns how many times as long a stage takes when it runs from flash as when it was copied to RAM.
  ///
  /// - Returns: Nil where either was not measured.
  public func slowdown(_ stage: BootStage, in costs: Costs) -> Double? {
    guard let flash = costs[.xip]?[stage].flatMap(seconds),
      let ram = costs[.uncompressed]?[stage].flatMap(seconds),
      ram > 0
    else { return nil }
    return flash / ram
  }

  /// Returns the same for the kernel's part of a stage alone: what user space does is taken out of both.
  public func kernelSlowdown(_ stage: BootStage, in costs: Costs) -> Double? {
    guard let flash = costs[.xip]?[stage]?.kernelOnly, let ram = costs[.uncompressed]?[stage]?.kernelOnly,
      let above = seconds(flash), let below = seconds(ram), below > 0
    else { return nil }
    return above / below
  }

  /// Returns the least and the most that `slowdown` comes to over the range of the cycles of an instruction.
  public func slowdownRange(_ stage: BootStage, in costs: Costs) -> ClosedRange<Double>? {
    var ends: [Double] = []
    for cycles in [board.cyclesPerInstruction.least, board.cyclesPerInstruction.most] {
      var other = self
      other.cyclesPerInstruction = cycles
      guard let slowdown = other.slowdown(stage, in: costs) else { return nil }
      ends.append(slowdown)
    }
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }

  /// Returns the most seconds that lines invalidated by the kernel, which the model holds, could add to a stage.
  ///
  /// Every one is filled again then, from flash.
  public func secondsOfInvalidations(_ stage: Costs.Stage) -> Double {
    Double(stage.counts.codeInvalidations) * mode.lineNanoseconds / 1e9
  }
}

extension Costs.Stage {
  /// The stage without what user space does in it.
  var kernelOnly: Costs.Stage {
    var stage = self
    stage.counts.instructions -= counts.userInstructions
    for name in stage.misses.keys { stage.misses[name]?.user = 0 }
    return stage
  }
}
