/// The watch on the instructions of a machine that runs: it is asked for their number at intervals.
///
/// So a boot is bounded by what the machine does, not by how fast this machine lets it.
struct InstructionWatch {
  /// The command that has QEMU tell the number.
  static let question = QMPMessage.execute("query-replay")

  /// The guest's time between two looks.
  static let interval = Duration.milliseconds(100)

  /// After how many looks without an instruction more, or without an answer, a machine stands still: 20 s of them.
  ///
  /// A processor that waits for an interrupt without any timer set gets none, and QEMU 7.2 does not answer then.
  static let looks = 200

  private let limit: Int
  /// When, by the guest's clock, to look next.
  private(set) var next: Duration
  /// Whether QEMU owes an answer.
  private(set) var isOwed = false
  private var last = -1
  private var same = 0

  /// Makes a watch that ends a boot beyond `limit` instructions.
  init(limit: Int, now: Duration) {
    self.limit = limit
    next = now + Self.interval
  }

  /// Counts one more look.
  ///
  /// - Returns: Whether the number is to be asked for, and the end of a boot that stands still.
  mutating func look(at now: Duration) -> (asks: Bool, end: BootEnd?) {
    next = now + Self.interval
    same += 1
    defer { isOwed = true }
    return (!isOwed, same > Self.looks ? .standstill : nil)
  }

  /// Takes an answer; returns the end of a boot that is beyond its limit, or nil.
  mutating func judge(_ instructions: Int) -> BootEnd? {
    isOwed = false
    if instructions != last { same = 0 }
    last = instructions
    return instructions > limit ? .instructionLimit(limit) : nil
  }
}
