import Git
import Host
import SystemPackage
import TestSupport
import Testing

@testable import PatchStack

#if canImport(Glibc)
  import Glibc
#endif

private typealias FileTree = [String: [String]]

/// A base and what two sides made of it.
private struct History {
  var base: FileTree = [:]
  var patch: FileTree
  var target: FileTree

  init(seed: UInt64) {
    var random = Seeded(seed: seed)
    for number in 0..<(2 + random.below(4)) {
      let directory = ["", "d/", "d/e/", "f/"][random.below(4)]
      base["\(directory)file\(number).c"] = (0..<(5 + random.below(40))).map {
        random.below(8) == 0 ? "}" : "\(number) line \($0) \(random.below(1000))"
      }
    }
    patch = base
    target = base
    for _ in 0..<(1 + random.below(3)) { Self.change(&patch, "patch", &random) }
    for _ in 0..<(1 + random.below(4)) { Self.change(&target, "target", &random) }
  }

  private static func change(_ tree: inout FileTree, _ side: String, _ random: inout Seeded) {
    guard let name = tree.keys.sorted().randomElement(using: &random), var lines = tree[name] else { return }
    switch random.below(20) {
    case 0: tree["new\(random.below(2)).c"] = ["new \(random.below(2))", "file"]
    case 1: tree[name] = nil
    case 2:
      tree[name] = nil
      tree["moved/\(name.split(separator: "/").last ?? "")"] = lines
    default:
      for _ in 0..<(1 + random.below(3)) {
        let place = random.below(lines.count + 1)
        switch random.below(4) {
        case 0: lines.insert("\(side) inserts \(random.below(3))", at: place)
        case 1 where place < lines.count: lines.remove(at: place)
        case 2 where place < lines.count: lines[place] = "both change \(random.below(2))"
        default: if place < lines.count { lines[place] += " \(side)" }
        }
      }
      tree[name] = lines
    }
  }
}

@Suite struct Differential {
  /// Compares random histories with `git merge-tree`: the same tree where both are clean, and conflicts at the same
  /// paths; 40 histories in each of five blocks, or as many as `XIP_HISTORIES` says, the first of
  /// them the one of each block that `XIP_FIRST_HISTORY` says.
  @Test(arguments: 0..<5) func randomHistoriesMergeAsInGit(block: Int) async throws {
    let count = environment("XIP_HISTORIES") ?? 40
    let first = block * 10_000 + (environment("XIP_FIRST_HISTORY") ?? 0)
    try await withTemporaryDirectory { directory in
      let fixture = try await GitFixture(in: directory)
      let histories = (0..<count).map { History(seed: UInt64(first + $0)) }
      try await write(histories, to: fixture)
      let pairs = (0..<count).map { "target\($0) patch\($0)\n" }.joined()
      let merged = try await merges(of: pairs, in: fixture)
      let patches = try await diffs(count, in: fixture)
      let conflicts = merged.count { !$0.isClean }
      if count >= 40 { #expect(conflicts > count / 20 && conflicts < count * 3 / 4) }
      var differences: [String] = []
      for number in 0..<count {
        guard let text = patches[number] else { continue }
        var parser = PatchParser(text, name: "p", file: "p", strip: 1, isReversed: false)
        let series = Series(
          directory: directory, variant: nil, base: "base\(number)", patches: [try parser.parse()],
          resolutions: try Resolutions(in: directory.appending("none")), unlisted: [])
        let target = "target\(number)"
        let ours = try Rebaser.run(series, onto: target, repository: fixture.path, mode: .dryRun)
        // The second check meets what the first remembered.
        var rebaser = try Rebaser(series, repository: fixture.path)
        for _ in 0..<2 {
          let check = try rebaser.check(onto: target)
          if check.patches != ours.patches || check.conflicts != ours.conflicts {
            differences.append("seed \(first + number): rebase tells \(ours), check \(check)")
          }
        }
        let theirs = merged[number]
        let seed = "seed \(first + number)"
        if ours.isClean != theirs.isClean {
          differences.append(
            "\(seed): git is \(theirs.isClean ? "clean" : "in conflict: \(theirs.conflicts)"), ours \(ours)")
        } else if ours.isClean, ours.tree != theirs.tree {
          differences.append("\(seed): git has \(theirs.tree), ours \(ours)")
        } else if !ours.isClean, Set(ours.conflicts.map(\.path)) != theirs.conflicts {
          differences.append("\(seed): git conflicts at \(theirs.conflicts), ours \(ours.conflicts)")
        }
      }
      #expect(differences == [])
    }
  }

  private func environment(_ variable: String) -> Int? {
    getenv(variable).flatMap { Int(String(cString: $0)) }
  }

  private func write(_ histories: [History], to fixture: GitFixture) async throws {
    var stream = ""
    var mark = 0
    func commit(_ tag: String, _ tree: FileTree, from parent: Int?) -> Int {
      mark += 1
      stream += "commit refs/heads/\(tag)\nmark :\(mark)\ncommitter C <c@example.com> 1 +0000\ndata 0\n"
      if let parent { stream += "from :\(parent)\ndeleteall\n" }
      for (name, lines) in tree.sorted(by: { $0.key < $1.key }) {
        let content = lines.map { "\($0)\n" }.joined()
        stream += "M 100644 inline \(name)\ndata \(content.utf8.count)\n\(content)\n"
      }
      stream += "reset refs/tags/\(tag)\nfrom :\(mark)\n"
      return mark
    }
    for (number, history) in histories.enumerated() {
      let base = commit("base\(number)", history.base, from: nil)
      _ = commit("patch\(number)", history.patch, from: base)
      _ = commit("target\(number)", history.target, from: base)
    }
    try await fixture.git("fast-import", ["--quiet"], input: stream)
    try await fixture.git("pack-refs", ["--all"])
  }

  private struct Merge {
    let isClean: Bool
    let tree: ObjectID
    let conflicts: Set<String>
  }

  private func merges(of pairs: String, in fixture: GitFixture) async throws -> [Merge] {
    let output = try await fixture.git(
      "merge-tree", ["--write-tree", "--stdin", "--name-only", "--no-messages"], input: pairs)
    var words = output.split(separator: "\0", omittingEmptySubsequences: false)[...]
    var merges: [Merge] = []
    while let status = words.popFirst(), !status.isEmpty {
      let tree = try #require(words.popFirst().flatMap { ObjectID($0) })
      var conflicts: Set<String> = []
      while let path = words.popFirst(), !path.isEmpty { conflicts.insert(String(path)) }
      merges.append(Merge(isClean: status == "1", tree: tree, conflicts: conflicts))
    }
    return merges
  }

  /// Returns the diff of each patch commit, by its number.
  private func diffs(_ count: Int, in fixture: GitFixture) async throws -> [Int: [UInt8]] {
    let ids = try await fixture.git(
      "rev-parse", (0..<count).map { "patch\($0)^{commit}" }
    ).split(separator: "\n").map(String.init)
    let output = try await fixture.git(
      "diff-tree", ["--stdin", "-p", "-M", "--full-index"], input: ids.map { "\($0)\n" }.joined())
    var diffs: [Int: [UInt8]] = [:]
    var current: Int?
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if let number = ids.firstIndex(of: String(line)) {
        current = number
        diffs[number] = []
      } else if let current {
        diffs[current]? += Array("\(line)\n".utf8)
      }
    }
    return diffs
  }
}
