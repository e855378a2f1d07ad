/// A chart of one figure over the versions, a line for each toolchain, as SVG that takes its colours from the page.
struct VersionChart {
  let title: String
  let unit: String
  /// The versions in the order of releases, from left to right.
  let versions: [String]
  /// For each toolchain its figures, one a version; nil where there is none.
  let series: [(name: String, values: [Double?])]

  private static let width = 640.0
  private static let height = 260.0
  private static let left = 64.0
  private static let right = 84.0
  private static let top = 16.0
  private static let bottom = 62.0

  /// The chart in a figure with its title, or nothing when no version has a figure.
  var svg: String {
    let values = series.flatMap { $0.values.compactMap(\.self) }
    guard let largest = values.max(), largest > 0 else { return "" }
    let step = Self.step(largest)
    let ceiling = (largest / step).rounded(.up) * step
    let plot = Self.height - Self.top - Self.bottom
    func y(_ value: Double) -> Double { Self.top + plot * (1 - value / ceiling) }
    func x(_ index: Int) -> Double {
      let span = Self.width - Self.left - Self.right
      return versions.count < 2
        ? Self.left + span / 2 : Self.left + span * Double(index) / Double(versions.count - 1)
    }
    var parts: [String] = []
    var tick = 0.0
    while tick <= ceiling {
      let line = Self.number(y(tick))
      parts.append(
        "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(line)\" y2=\"\(line)\"/>"
          + "<text x=\"\(Self.left - 8)\" y=\"\(line)\" class=\"y\">\(Self.number(tick))</text>")
      tick += step
    }
    for (index, version) in versions.enumerated() {
      let place = Self.number(x(index))
      let base = Self.height - Self.bottom + 14
      parts.append(
        "<text class=\"x\" transform=\"translate(\(place) \(base)) rotate(-40)\">\(version.markupEscaped)</text>"
      )
    }
    // The names stand at the ends of their lines, moved apart where the lines end close together.
    var lowest = -Double.infinity
    let ends = series.enumerated().compactMap { number, line -> (Int, String, Double)? in
      line.values.last(where: { $0 != nil }).flatMap(\.self).map { (number, line.name, y($0)) }
    }.sorted { $0.2 < $1.2 }
    for (number, name, place) in ends {
      lowest = max(place, lowest + 14)
      parts.append(
        "<text class=\"name s\(number % 4)\" x=\"\(Self.width - Self.right + 10)\" y=\"\(Self.number(lowest))\">"
          + "\(name.markupEscaped)</text>")
    }
    for (number, line) in series.enumerated() {
      let points = line.values.enumerated().compactMap { index, value in value.map { (index, $0) } }
      let path = points.map { "\(Self.number(x($0.0))),\(Self.number(y($0.1)))" }.joined(separator: " ")
      parts.append("<polyline class=\"s\(number % 4)\" points=\"\(path)\"/>")
      for (index, value) in points {
        parts.append(
          "<circle class=\"s\(number % 4)\" cx=\"\(Self.number(x(index)))\" cy=\"\(Self.number(y(value)))\" r=\"4\">"
            + "<title>\(versions[index].markupEscaped) \(line.name.markupEscaped): \(Self.number(value)) \(unit)</title></circle>"
        )
      }
    }
    return """
      <figure><figcaption>\(title.markupEscaped) <small>in \(unit.markupEscaped)</small></figcaption>
      <svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(Self.height))" role="img" aria-label="\(title.markupEscaped)">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
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
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }
}
