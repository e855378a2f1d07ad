import Git
import Host
import SystemPackage
import TestSupport
import Testing

/// What both texts start and end with is not compared, which must not show: runs of equal lines can be told apart in
/// several ways, and git's is the one that counts.
@Test(arguments: 0..<4) func changesAreThoseThatGitSees(seed: Int) async throws {
  try await withTemporaryDirectory { directory in
    var random = Seeded(seed: UInt64(seed))
    var pairs: [(old: [String], new: [String])] = []
    for _ in 0..<40 {
      let old = (0..<random.below(14)).map { _ in ["a", "b", "", "c"][random.below(4)] }
      var new = old
      for _ in 0..<random.below(4) {
        let line = random.below(new.count + 1)
        switch random.below(3) {
        case 0 where line < new.count: new.remove(at: line)
        case 1 where line < new.count: new[line] = ["a", "b", "d"][random.below(3)]
        default: new.insert(["a", "b", "", "d"][random.below(4)], at: line)
        }
      }
      pairs.append((old, new))
    }
    for side in ["old", "new"] {
      try Files.makeDirectory(directory.appending(side))
      for (number, pair) in pairs.enumerated() {
        let content = text(side == "old" ? pair.old : pair.new)
        try Files.write(Array(content.utf8), to: directory.appending("\(side)/\(number)"))
      }
    }
    let git = try await Command(
      "git",
      ["diff", "--no-index", "--no-indent-heuristic", "--diff-algorithm=default", "-U0", "old", "new"],
      environment: ["GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"], in: directory
    ).completion()
    var expected = Array(repeating: [String](), count: pairs.count)
    var current = 0
    for line in String(decoding: git.output, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("diff --git ") {
        current = try #require(line.split(separator: "/").last.flatMap { Int($0) })
      } else if line.hasPrefix("@@ ") {
        expected[current].append(line.split(separator: " ")[1...2].joined(separator: " "))
      }
    }
    for (number, pair) in pairs.enumerated() {
      let changes = try TextDiff.changes(from: Array(text(pair.old).utf8), to: Array(text(pair.new).utf8))
      #expect(changes.map { "-\(numbers($0.old)) +\(numbers($0.new))" } == expected[number], "\(pair)")
    }
  }
}

private func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }

/// Returns a range of lines as a hunk's header has it.
private func numbers(_ lines: Range<Int>) -> String {
  switch lines.count {
  case 0: "\(lines.lowerBound),0"
  case 1: "\(lines.lowerBound + 1)"
  default: "\(lines.lowerBound + 1),\(lines.count)"
  }
}
