import TestSupport
import Testing

@testable import PatchStack

@Suite struct TextTests {
  /// Few kinds of lines, so that runs of them stand in many places, overlap, and almost match.
  @Test(arguments: 0..<8) func linesAreFoundWhereverTheyStand(seed: Int) {
    var random = Seeded(seed: UInt64(seed))
    let long = String(repeating: "ab", count: 150) + "\n"
    let kinds = ["a\n", "ab\n", "\n", "b a b\n", "abababababab\n", long]
    for _ in 0..<100 {
      let lines = (0..<random.below(30)).map { _ in kinds[random.below(kinds.count)] }
      let wanted = (0...random.below(4)).map { _ in kinds[random.below(kinds.count)] }
      var text = lines.joined()
      var pattern = wanted.joined()
      let lacksFeed = random.below(4) == 0
      if lacksFeed {
        text = String(text.dropLast())
        if random.below(2) == 0 { pattern = String(pattern.dropLast()) }
      }
      let content = Text(Array(text.utf8))
      let found = content.places(ofLinesAt: content.occurrences(of: Array(pattern.utf8)))
      let asked = "\(pattern.debugDescription) in \(text.debugDescription)"
      #expect(found == places(of: pattern, in: text), "\(asked)")
    }
  }

  @Test func placesOfLinesCountFromTheStartToTheEnd() {
    let text = Text(Array("one\n\nthree".utf8))
    let places = (0...4).map { text.place(ofLine: $0)?.offset }
    #expect(places == [0, 4, 5, 10, nil])
    #expect(text.place(ofLine: 2, from: .init(line: 1, offset: 4))?.offset == 5)
    #expect(Text([]).place(ofLine: 0)?.offset == 0)
    #expect(Text([]).place(ofLine: 1) == nil)
  }

  /// Compares whole lines, one place after the other.
  private func places(of pattern: String, in text: String) -> [Text.Place] {
    let lines = wholeLines(text)
    let wanted = wholeLines(pattern)
    var found: [Text.Place] = []
    for line in lines.indices where line + wanted.count <= lines.count && !wanted.isEmpty {
      if Array(lines[line..<(line + wanted.count)]) == wanted {
        found.append(.init(line: line, offset: lines[..<line].joined().utf8.count))
      }
    }
    return found
  }

  private func wholeLines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "\($0)\n" }
    lines[lines.count - 1].removeLast()
    return lines.filter { !$0.isEmpty }
  }
}
