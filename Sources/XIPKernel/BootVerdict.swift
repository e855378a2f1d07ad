/// How a boot ended, seen from outside of the machine.
public enum BootEnd: Hashable, Sendable {
  /// QEMU said that the machine stopped, and why: `guest-shutdown` when the kernel switched it off, `guest-reset`
  /// after a panic (QAPI's `ShutdownCause`).
  case shutdown(reason: String)
  /// The console was silent for this long.
  case silence(Duration)
  /// The console got more bytes than this, which no boot writes.
  case flood(Int)
  /// The boot took longer than it may.
  case timeLimit(Duration)
  /// The marker passed that was enough.
  case reached(BootMarker)
  /// The machine carried out this many instructions.
  case instructionLimit(Int)
  /// The processor waits for an interrupt that never comes.
  case standstill
  /// The console had told of a failure, and the machine did not stop by itself.
  case stoppedAfterFailure
}

/// Whether a kernel booted, and why not.
public enum BootVerdict: Hashable, Sendable {
  /// Every marker passed in order, nothing went wrong, and the kernel switched the machine off.
  case passed
  /// The kernel is at fault, for this reason.
  case failed(reason: String)

  /// Judges a boot by its console and its end.
  public init(_ console: Console, _ end: BootEnd) {
    if let panic = console.panic {
      let cause = console.failure ?? console.splat
      self = .failed(reason: panic + (cause.map { ", after: \($0)" } ?? ""))
    } else if let failure = console.failure ?? console.splat {
      self = .failed(reason: failure)
    } else if let last = console.restart {
      self = .failed(reason: "the kernel started over and over again; the last line before was `\(last)`")
    } else if console.markers.count < BootMarker.allCases.count {
      let missing = BootMarker.allCases[console.markers.count].rawValue
      let reached = console.markers.last.map { "after `\($0.rawValue)`" } ?? "at all"
      let last = console.lastLine.map { "; the last line is `\($0)`" } ?? ""
      self = .failed(reason: "no `\(missing)` \(reached): \(end)\(last)")
    } else if end != .shutdown(reason: "guest-shutdown") {
      self = .failed(reason: "every marker passed, but the machine was not switched off: \(end)")
    } else {
      self = .passed
    }
  }
}

extension BootEnd {
  /// Whether a good kernel can end so where QEMU is kept waiting for a processor.
  var isExcusable: Bool {
    switch self {
    case .silence, .timeLimit, .standstill, .stoppedAfterFailure, .shutdown("guest-shutdown"): true
    case .shutdown, .flood, .reached, .instructionLimit: false
    }
  }
}

extension BootEnd: CustomStringConvertible {
  /// The end in words.
  public var description: String {
    switch self {
    case .shutdown("guest-reset"): "the kernel reset the machine"
    case .shutdown("guest-shutdown"): "the kernel switched the machine off"
    case .shutdown(let reason): "the machine stopped (\(reason))"
    case .silence(let limit): "the console was silent for \(limit.components.seconds) s"
    case .flood(let limit): "the console was flooded with over \(limit / 1024) KiB"
    case .timeLimit(let limit): "not done after \(limit.components.seconds) s"
    case .reached(let marker): "ended at `\(marker.rawValue)`"
    case .instructionLimit(let limit): "not done after \(limit) instructions"
    case .standstill: "the processor stands still"
    case .stoppedAfterFailure: "the machine did not stop by itself"
    }
  }
}
