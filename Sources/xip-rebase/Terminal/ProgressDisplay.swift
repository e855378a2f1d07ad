import Host
import Synchronization

/// Progress on standard error: one live line on a terminal, plain lines elsewhere.
final class ProgressDisplay: Sendable {
  enum Manner: Sendable {
    case live, plain, quiet
  }

  private struct State {
    var work = ""
    var began = ContinuousClock.now
    var painted = ContinuousClock.now - .seconds(1)
    var isLineOpen = false
  }

  private let output: Output
  private let manner: Manner
  private let style: Style
  private let state = Mutex(State())

  init(_ output: Output, manner: Manner, style: Style) {
    self.output = output
    self.manner = manner
    self.style = style
  }

  var progress: Progress { Progress { self.show($0) } }

  /// Ends the live line, if one stands, so that other text starts on a line of its own.
  func clear() {
    state.withLock { erase(&$0) }
  }

  private func show(_ event: ProgressEvent) {
    guard manner != .quiet else { return }
    state.withLock { state in
      switch event {
      case .began(let work):
        state.work = work
        state.began = .now
        if manner == .live { paint(work, &state) } else { output.line(work) }
      case .advanced(let done, let total, let unit):
        // Repainting costs a system call; the eye does not follow more than some 20 a second.
        guard manner == .live, ContinuousClock.now - state.painted > .milliseconds(50) else { return }
        paint("\(state.work)  \(Self.amount(done, of: total, unit))", &state)
      case .noted(let fact):
        erase(&state)
        output.line(style("  \(fact)", .dim))
        if manner == .live { paint(state.work, &state) }
      case .ended(let summary):
        erase(&state)
        output.line(summary)
      }
    }
  }

  private func paint(_ text: String, _ state: inout State) {
    let seconds = Self.seconds(ContinuousClock.now - state.began)
    let line = String("\(text)  \(seconds)".prefix(output.columns - 1))
    output.write("\r\u{1b}[K\(line)")
    state.painted = .now
    state.isLineOpen = true
  }

  private func erase(_ state: inout State) {
    if state.isLineOpen { output.write("\r\u{1b}[K") }
    state.isLineOpen = false
  }

  /// Returns the amount as people write it: bytes as MB, all else as a count.
  static func amount(_ done: Int, of total: Int?, _ unit: String) -> String {
    guard unit == "bytes" else {
      return total.map { "\(done)/\($0) \(unit)" } ?? "\(done) \(unit)"
    }
    func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000)" }
    return total.map { "\(megabytes(done))/\(megabytes($0)) MB" } ?? "\(megabytes(done)) MB"
  }

  /// Returns a duration to a tenth of a second.
  static func seconds(_ duration: Duration) -> String {
    let tenths = Int(duration / .milliseconds(100))
    return "\(tenths / 10).\(tenths % 10) s"
  }
}
