import Host

/// What goes on at this moment, as lines for a terminal: a row for each version, or one line for other work.
struct LiveScreen {
  /// One line, and how it is coloured.
  struct Line: Equatable {
    var text: String
    var colour: Style.Colour?
  }

  /// The work on one subject.
  private struct Row {
    var name: String
    /// The seconds that all of it took before.
    var expected: Double?
    /// What is being done, the innermost last, without what the name says.
    var works: [String] = []
    /// How much of the innermost is done, or the last fact about it.
    var detail = ""
    /// When the outermost work began that still goes on.
    var began: Duration?
    /// The time that works which ended took.
    var spent = Duration.zero
    /// What the last work that ended came to.
    var summary = ""
    var outcome: (text: String, isGood: Bool)?

    func elapsed(at now: Duration) -> Duration { spent + (began.map { now - $0 } ?? .zero) }

    mutating func begin(_ work: String, at now: Duration) {
      let version = name.prefix { $0 != " " }
      works.append(
        !version.isEmpty && work.hasPrefix("\(version)  ") ? "\(work.dropFirst(version.count + 2))" : work)
      detail = ""
      began = began ?? now
    }

    mutating func end(_ summary: String, at now: Duration) {
      self.summary = summary
      detail = ""
      if !works.isEmpty { works.removeLast() }
      if works.isEmpty { pause(at: now) }
    }

    mutating func pause(at now: Duration) {
      spent = elapsed(at: now)
      began = nil
    }
  }

  private var rows: [Row] = []
  /// Work that is about none of the rows.
  private var other = Row(name: "")

  /// Whether what goes on has rows of its own, so that what each rung came to need not be told.
  var hasManyRows: Bool { rows.count > 1 }

  /// Takes in an event.
  ///
  /// - Parameters:
  ///   - event: What happened.
  ///   - subject: What it is about, the name of a row where it is about one.
  ///   - now: The time since a moment that is always the same.
  /// - Returns: The lines that are to stay on the screen, above those that ``lines(columns:height:at:)`` returns.
  mutating func take(_ event: ProgressEvent, about subject: String?, at now: Duration) -> [Line] {
    if case .planned(let seconds) = event {
      rows.append(Row(name: subject ?? "", expected: seconds))
      return []
    }
    // Of two rows of one name the one that is not done is meant.
    guard let index = rows.firstIndex(where: { $0.name == subject && $0.outcome == nil }) else {
      return Self.take(event, in: &other, isTold: true, at: now)
    }
    let isTold = !hasManyRows
    return Self.take(event, in: &rows[index], isTold: isTold, at: now)
  }

  private static func take(_ event: ProgressEvent, in row: inout Row, isTold: Bool, at now: Duration)
    -> [Line]
  {
    switch event {
    case .planned: return []
    case .began(let work):
      row.begin(work, at: now)
    case .advanced(let done, let total, let unit):
      row.detail = ProgressDisplay.amount(done, of: total, unit)
    case .noted(let fact):
      if isTold { return [Line(text: "  \(fact)", colour: .dim)] }
      row.detail = fact
    case .ended(let summary):
      row.end(summary, at: now)
      if isTold { return [Line(text: summary)] }
    case .settled(let outcome, let isGood):
      row.pause(at: now)
      row.works = []
      row.outcome = (outcome, isGood)
      // Why a version failed is worth more than its row.
      if !isTold && !isGood { return [Line(text: row.summary)] }
    }
    return []
  }
}

extension LiveScreen {
  /// Returns the lines that show what goes on at `now`, each shorter than `columns` and fewer than `height`.
  func lines(columns: Int, height: Int, at now: Duration) -> [Line] {
    var lines: [Line] = []
    if !rows.isEmpty {
      let room = max(1, height - 1 - (hasManyRows ? 1 : 0) - (other.works.isEmpty ? 0 : 1))
      // Of too many rows those about the first that is not done are shown.
      let first = rows.firstIndex { $0.outcome == nil } ?? rows.count
      let start = max(0, min(first - 1, rows.count - room))
      let width = rows.map(\.name.count).max() ?? 0
      for row in rows[start..<min(start + room, rows.count)] {
        lines.append(line(row, width: width, columns: columns, at: now))
      }
      if hasManyRows { lines.append(Line(text: total(at: now), colour: .dim)) }
    }
    if let work = other.works.last {
      let detail = other.detail.isEmpty ? "" : "  \(other.detail)"
      lines.append(Line(text: "\(work)\(detail)  \(ProgressDisplay.seconds(other.elapsed(at: now)))"))
    }
    return lines.map { line in
      // What is said of a compiler's or kernel's output may hold anything.
      let plain = line.text.prefix { !$0.isNewline }.filter {
        $0.unicodeScalars.allSatisfy { $0.value >= 0x20 }
      }
      return Line(text: String(plain.prefix(max(1, columns - 1))), colour: line.colour)
    }
  }

  /// A row: the name, what is done, and the time beside what it took before.
  private func line(_ row: Row, width: Int, columns: Int, at now: Duration) -> Line {
    let name = row.name + String(repeating: " ", count: width - row.name.count)
    let expected = row.expected.map { "~\(Self.clock(.seconds($0)))" } ?? "–"
    let isWaiting = row.works.isEmpty && row.outcome == nil
    let took = row.elapsed(at: now)
    let time = isWaiting && took < .seconds(1) ? expected : "\(Self.clock(took)) of \(expected)"
    let text: String
    let colour: Style.Colour?
    if let outcome = row.outcome {
      (text, colour) = (outcome.text, outcome.isGood ? .green : .red)
    } else if let work = row.works.last {
      (text, colour) = (row.detail.isEmpty ? work : "\(work)  \(row.detail)", nil)
    } else {
      (text, colour) = ("waiting", .dim)
    }
    // The time keeps its column, whatever stands before it.
    let room = max(8, min(48, columns - 1 - width - 4 - time.count))
    let shown = text.prefix(room)
    let gap = String(repeating: " ", count: room - shown.count)
    return Line(
      text: "\(name)  \(shown)\(gap)  \(row.outcome == nil ? time : Self.clock(took))", colour: colour)
  }

  /// How many rows are done, and how long the others may take.
  private func total(at now: Duration) -> String {
    let left = rows.filter { $0.outcome == nil }
    let text = "\(rows.count - left.count) of \(rows.count) done"
    guard !left.isEmpty, left.allSatisfy({ $0.expected != nil }) else { return text }
    let seconds = left.map { max(0, ($0.expected ?? 0) - $0.elapsed(at: now) / .seconds(1)) }.reduce(0, +)
    return "\(text), the others take ~\(Self.clock(.seconds(seconds)))"
  }

  /// Returns a duration as minutes and seconds: `1:05`.
  static func clock(_ duration: Duration) -> String {
    let seconds = Int(duration / .seconds(1))
    let rest = seconds % 60
    return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
  }
}
