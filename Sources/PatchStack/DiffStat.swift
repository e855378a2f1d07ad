/// The statistics that `git format-patch` writes behind `---`: a line for each file, then the sums.
struct DiffStat {
  /// A file's name and how many lines the patch adds and removes.
  typealias Line = (name: [UInt8], added: Int, removed: Int)

  let lines: [Line]

  /// The lines as git draws them in 72 columns.
  var text: [UInt8] {
    let longest = lines.map(\.name.count).max() ?? 0
    let most = lines.map { $0.added + $0.removed }.max() ?? 0
    let digits = String(most).count
    var names = longest
    var graph = most
    if names + digits + 6 + graph > 72 {
      graph = min(graph, max(6, 72 * 3 / 8 - digits - 6))
      if names > 72 - digits - 6 - graph {
        names = 72 - digits - 6 - graph
      } else {
        graph = 72 - digits - 6 - names
      }
    }
    var text: [UInt8] = []
    for line in lines {
      let (added, removed) = scaled(line, to: graph, most)
      let count = String(line.added + line.removed)
      let bar = String(repeating: "+", count: added) + String(repeating: "-", count: removed)
      let name = shortened(line.name, to: names)
      text += " ".utf8 + name + Array(repeating: 0x20, count: max(0, names - name.count))
      text += " | \(String(repeating: " ", count: digits - count.count))\(count)".utf8
      text += (bar.isEmpty ? "\n" : " \(bar)\n").utf8
    }
    return text + sums.utf8
  }

  private var sums: String {
    let added = lines.reduce(0) { $0 + $1.added }
    let removed = lines.reduce(0) { $0 + $1.removed }
    var text = " \(lines.count) file\(lines.count == 1 ? "" : "s") changed"
    if added > 0 || removed == 0 { text += ", \(added) insertion\(added == 1 ? "" : "s")(+)" }
    if removed > 0 || added == 0 { text += ", \(removed) deletion\(removed == 1 ? "" : "s")(-)" }
    return text + "\n"
  }

  private func scaled(_ line: Line, to width: Int, _ most: Int) -> (Int, Int) {
    guard width <= most else { return (line.added, line.removed) }
    let linear = { (count: Int) in count == 0 ? 0 : 1 + count * (width - 1) / most }
    var total = linear(line.added + line.removed)
    if total < 2 && line.added > 0 && line.removed > 0 { total = 2 }
    if line.added < line.removed {
      let added = linear(line.added)
      return (added, total - added)
    }
    let removed = linear(line.removed)
    return (total - removed, removed)
  }

  /// Returns the end of a name that is too long, from a slash on where there is one.
  private func shortened(_ name: [UInt8], to width: Int) -> [UInt8] {
    guard name.count > width else { return name }
    var rest = name.suffix(max(0, width - 3))
    if let slash = rest.firstIndex(of: UInt8(ascii: "/")) { rest = rest[slash...] }
    return Array("...".utf8) + rest
  }
}
