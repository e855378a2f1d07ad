import Host
import Synchronization

/// Progress on standard error: on a terminal lines that change in place, plain lines elsewhere.
final class ProgressDisplay: Sendable {
  enum Manner: Sendable {
    case live, plain, quiet
  }

  private struct State {
    var screen = LiveScreen()
    /// How many versions there are to be told apart.
    var plans = 0
    var painted = ContinuousClock.now - .seconds(1)
    /// The lengths of the lines that stand on the terminal, the cursor behind the last one.
    var standing: [Int] = []
  }

  private let output: Output
  private let manner: Manner
  private let style: Style
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  /// The display whose lines stand on the terminal, if any does.
  private static let live = Mutex<ProgressDisplay?>(nil)

  init(_ output: Output, manner: Manner, style: Style) {
    self.output = output
    self.manner = manner
    self.style = style
    guard manner == .live else { return }
    Self.live.withLock { $0 = self }
    // The time goes on where nothing else happens.
    Task { [weak self] in
      while let self, (try? await Task.sleep(for: .seconds(1))) != nil {
        self.state.withLock { if !$0.standing.isEmpty { self.paint(&$0) } }
      }
    }
  }

  var progress: Progress { Progress(bySubject: { self.show($0, about: $1) }) }

  /// Removes the lines that change, if any stand, so that other text starts on a line of its own.
  func clear() {
    state.withLock { output.control(Self.erasing(&$0, columns: output.size.columns)) }
  }

  /// Writes a line to standard error that has nothing to do with progress, above what changes.
  static func announce(_ text: String) {
    guard let display = live.withLock(\.self) else { return Output.error.line("\n\(text)") }
    display.state.withLock { display.write([LiveScreen.Line(text: text)], &$0) }
  }

  /// Removes the lines that change for good, as the tool is about to end.
  static func end() {
    live.withLock(\.self)?.clear()
  }

  private func show(_ event: ProgressEvent, about subject: String?) {
    guard manner != .quiet else { return }
    state.withLock { state in
      if case .planned = event { state.plans += 1 }
      guard manner == .live else { return tell(event, about: state.plans > 1 ? subject : nil) }
      let told = state.screen.take(event, about: subject, at: .now - start)
      // Repainting costs a system call; the eye does not follow more than some 20 a second.
      if case .advanced = event, ContinuousClock.now - state.painted < .milliseconds(50) { return }
      write(told, &state)
    }
  }

  /// Tells of `event` in a line that stays.
  private func tell(_ event: ProgressEvent, about subject: String?) {
    switch event {
    case .began(let work): output.line(work)
    case .noted(let fact): output.line(style("  \(subject.map { "\($0): " } ?? "")\(fact)", .dim))
    case .ended(let summary): output.line(summary)
    case .advanced, .planned, .settled: break
    }
  }

  /// Writes `lines`, which stay, above those that change.
  private func write(_ lines: [LiveScreen.Line], _ state: inout State) {
    if lines.isEmpty { return paint(&state) }
    let text = Self.erasing(&state, columns: output.size.columns)
    paint(&state, after: text + lines.map { coloured($0) + "\n" }.joined())
  }

  /// Paints the lines that change over what stands there, in one piece, so that none of them flickers.
  private func paint(_ state: inout State, after text: String = "") {
    let size = output.size
    let lines = state.screen.lines(columns: size.columns, height: size.lines, at: .now - start)
    let back = Self.back(state.standing, columns: size.columns)
    output.control(text + back + lines.map { coloured($0) + "\u{1b}[K" }.joined(separator: "\n") + "\u{1b}[J")
    state.painted = .now
    state.standing = lines.map(\.text.count)
  }

  private func coloured(_ line: LiveScreen.Line) -> String {
    Output.shown(line.colour.map { style(line.text, $0) } ?? line.text)
  }

  /// Returns what removes the lines that stand.
  private static func erasing(_ state: inout State, columns: Int) -> String {
    guard !state.standing.isEmpty else { return "" }
    defer { state.standing = [] }
    return back(state.standing, columns: columns) + "\u{1b}[J"
  }

  /// Returns what moves the cursor to the start of lines of these lengths, which a terminal that became narrower has
  /// broken.
  private static func back(_ lengths: [Int], columns: Int) -> String {
    guard !lengths.isEmpty else { return "" }
    let rows = lengths.map { max(1, ($0 + columns - 1) / columns) }.reduce(0, +)
    return rows > 1 ? "\r\u{1b}[\(rows - 1)A" : "\r"
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
