/// A chart of one figure over the versions, a line for each toolchain, as SVG that takes its colours from the page.
struct VersionChart {
  let title: String
  let unit: String
  /// The versions in the order of releases, from left to right.
  let versions: [String]
  /// For each toolchain its figures, one a version; nil where there is none.
  let series: [(name: String, values: [Double?])]

  private static let width = 640.0
  private static let height = 282.0
  private static let left = 64.0
  private static let right = 84.0
  private static let top = 16.0
  private static let bottom = 84.0

  /// How many versions are named at most below the chart; points tell their own.
  private static let labelLimit = 14

  /// The chart in a figure with its title, or nothing when no version has a figure.
  var svg: String {
    let values = series.flatMap { $0.values.compactMap(\.self) }
    guard let least = values.min(), let most = values.max(), most > 0 else { return "" }
    // What moves a little is to be seen moving: the axis starts at zero only where that is not far.
    let isNearZero = least < most / 2
    let step = Self.step(isNearZero ? most : max(most - least, most / 50))
    let floor = isNearZero ? 0 : (least / step).rounded(.down) * step
    let ceiling = max((most / step).rounded(.up) * step, floor + step)
    let plot = Self.height - Self.top - Self.bottom
    func y(_ value: Double) -> Double { Self.top + plot * (1 - max(0, (value - floor) / (ceiling - floor))) }
    func x(_ index: Int) -> Double {
      let span = Self.width - Self.left - Self.right
      return versions.count < 2
        ? Self.left + span / 2 : Self.left + span * Double(index) / Double(versions.count - 1)
    }
    var parts: [String] = []
    for number in 0...Int(((ceiling - floor) / step).rounded()) {
      let tick = floor + Double(number) * step
      let line = Self.number(y(tick))
      parts.append(
        "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(line)\" y2=\"\(line)\"/>"
          + "<text x=\"\(Self.left - 8)\" y=\"\(line)\" class=\"y\">\(Self.number(tick))</text>")
    }
    let stride = (versions.count + Self.labelLimit - 1) / Self.labelLimit
    for (index, version) in versions.enumerated() where index % stride == 0 {
      let place = Self.number(x(index))
      let base = Self.height - Self.bottom + 14
      parts.append(
        "<text class=\"x\" transform=\"translate(\(place) \(base)) rotate(-40)\">\(version.markupEscaped)</text>"
      )
    }
    let radius = versions.count > 60 ? 2 : 4
    // The names stand at the ends of their lines, moved apart where the lines end close together.
    var lowest = -Double.infinity
    let ends = series.enumerated().compactMap { number, line -> (Int, String, Double)? in
      line.values.last(where: { $0 != nil }).flatMap(\.self).map { (number, line.name, y($0)) }
    }.sorted { $0.2 < $1.2 }
    for (number, name, place) in ends {
      lowest = max(place, lowest + 20)
      parts.append(
        "<text class=\"name s\(number % 4)\" x=\"\(Self.width - Self.right + 10)\" y=\"\(Self.number(lowest))\">"
          + "\(name.markupEscaped)</text>")
    }
    for (number, line) in series.enumerated() {
      let points = line.values.enumerated().compactMap { index, value in value.map { (index, $0) } }
      // A version without a figure is a gap in its line.
      for run in Self.runs(points) where run.count > 1 {
        let path = run.map { "\(Self.number(x($0.0))),\(Self.number(y($0.1)))" }.joined(separator: " ")
        parts.append("<polyline class=\"s\(number % 4)\" points=\"\(path)\"/>")
      }
      for (index, value) in points {
        parts.append(
          "<circle class=\"s\(number % 4)\" cx=\"\(Self.number(x(index)))\" cy=\"\(Self.number(y(value)))\" r=\"\(radius)\">"
            + "<title>\(versions[index].markupEscaped) \(line.name.markupEscaped): \(Self.number(value)) \(unit)</title></circle>"
        )
      }
    }
    return """
      <figure><figcaption>\(title.markupEscaped) <small>in \(unit.markupEscaped)\(floor > 0 ? ", from \(Self.number(floor))" : "")</small></figcaption>
      <svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(Self.height))" role="img" aria-label="\(spoken.markupEscaped)">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  /// The chart in words: title, unit, and the range of each toolchain's figures.
  private var spoken: String {
    let ranges = series.compactMap { line -> String? in
      let values = line.values.compactMap(\.self)
      guard let least = values.min(), let most = values.max() else { return nil }
      return "\(line.name) \(Self.number(least)) to \(Self.number(most))"
    }
    return "\(title), in \(unit): \(ranges.joined(separator: "; "))"
  }

  /// Returns the points in pieces without a gap.
  private static func runs(_ points: [(Int, Double)]) -> [[(Int, Double)]] {
    var runs: [[(Int, Double)]] = []
    for point in points {
      if let last = runs.last?.last, last.0 + 1 == point.0 {
        runs[runs.count - 1].append(point)
      } else {
        runs.append([point])
      }
    }
    return runs
  }

  /// Returns the distance of the grid's lines: 1, 2 or 5 times a power of ten, four to eight of them up to `largest`.
  static func step(_ largest: Double) -> Double {
    var power = 1.0
    while power * 10 <= largest { power *= 10 }
    while power > largest { power /= 10 }
    for factor in [0.2, 0.5, 1.0] where largest / (power * factor) <= 8 { return power * factor }
    return power * 2
  }

  /// Returns `value` with one decimal at most.
  private static func number(_ value: Double) -> String {
    // Farther out than any figure, and still a number of the machine.
    let value = min(max(value, -1e15), 1e15)
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }
}
