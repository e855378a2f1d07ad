import Git
import Host
import SystemPackage
import TestSupport
import Testing

@testable import PatchStack

#if canImport(Glibc)
  import Glibc
#endif

/// A base, and a stack of trees over it.
struct RandomStack {
  private(set) var trees: [[String: [String]]]

  init(_ random: inout Seeded) {
    var tree: [String: [String]] = [:]
    for number in 0..<(1 + random.below(3)) {
      tree[["", "d/"][random.below(2)] + "file\(number).c"] = (0..<(8 + random.below(30))).map {
        random.below(8) == 0 ? "}" : "\(number) line \($0)"
      }
    }
    trees = [tree]
    for patch in 1...(3 + random.below(3)) {
      let before = tree
      while tree == before {
        for _ in 0..<(1 + random.below(2)) { Self.change(&tree, patch, &random) }
      }
      trees.append(tree)
    }
  }

  /// Commits the stack over the tag `base` and its number, and writes it as a series; returns the commits.
  func write(_ seed: Int, to git: GitFixture, _ series: FilePath) async throws -> [String] {
    var stream = ""
    for (number, tree) in trees.enumerated() {
      let message = "patch \(number)\n"
      stream += "commit refs/heads/stack\(seed)\nmark :\(number + 1)\n"
      stream += "author A <a@example.com> 1752307200 +0000\ncommitter C <c@example.com> 1752307200 +0000\n"
      stream += "data \(message.utf8.count)\n\(message)"
      if number > 0 { stream += "from :\(number)\n" }
      stream += "deleteall\n"
      for (name, lines) in tree.sorted(by: { $0.key < $1.key }) {
        let content = lines.map { "\($0)\n" }.joined()
        stream += "M 100644 inline \(name)\ndata \(content.utf8.count)\n\(content)\n"
      }
      if number == 0 { stream += "reset refs/tags/base\(seed)\nfrom :1\n" }
    }
    try await git.git("fast-import", ["--quiet"], input: stream)
    try await git.git("format-patch", ["-q", "-M", "-o", series.string, "base\(seed)..stack\(seed)"])
    let list = try Files.list(series).filter { $0.hasSuffix(".patch") }
    try Files.write(
      Array((["# base: base\(seed)"] + list).joined(separator: "\n").utf8), to: series.appending("series"))
    return try await git.git("rev-list", ["--reverse", "base\(seed)..stack\(seed)"]).split(separator: "\n")
      .map(String.init)
  }

  private static func change(_ tree: inout [String: [String]], _ patch: Int, _ random: inout Seeded) {
    guard let name = tree.keys.sorted().randomElement(using: &random), var lines = tree[name] else { return }
    switch random.below(24) {
    case 0: tree["new\(random.below(3)).c"] = (0..<6).map { "new \($0) of \(patch)" }
    case 1 where tree.count > 1: tree[name] = nil
    case 2:
      tree[name] = nil
      tree["moved/\(patch)-\(name.split(separator: "/").last ?? "")"] = lines
    default:
      for _ in 0..<(1 + random.below(2)) {
        let place = random.below(lines.count + 1)
        switch random.below(4) {
        case 0: lines.insert("patch \(patch) inserts \(random.below(3))", at: place)
        case 1 where place < lines.count && lines.count > 3: lines.remove(at: place)
        case 2 where place < lines.count: lines[place] = "both change \(random.below(2))"
        default: if place < lines.count { lines[place] += " \(patch)" }
        }
      }
      tree[name] = lines
    }
  }
}

/// The judge is `git rebase -i`, told by its sequence editor what we are told by `drop` and `reorder`.
@Suite struct StackDifferential {
  private enum Outcome: Equatable {
    case tree(String)
    case conflict
  }

  /// Random stacks, five in each of three blocks or as many as `XIP_STACKS` says, from number `XIP_FIRST_STACK` on:
  /// the same tree where git has one, a refusal where git has a conflict.
  ///
  /// The differences that have a reason:
  /// - A reorder that git carries out to another tree is refused, as is one in which a patch becomes empty.
  /// - Where one file of a directory moved git may take the directory for moved, and stop at a file that a patch puts
  ///   there. We follow a directory only when it is gone and most of its files moved; that guess of git's is off.
  @Test(arguments: 0..<3) func dropAndReorderComeOutAsInGit(block: Int) async throws {
    let count = environment("XIP_STACKS") ?? 5
    let first = block * 10_000 + (environment("XIP_FIRST_STACK") ?? 0)
    var differences: [String] = []
    var outcomes = (clean: 0, refused: 0)
    try await withTemporaryDirectory { directory in
      let git = try await GitFixture(in: directory)
      for seed in first..<(first + count) {
        var random = Seeded(seed: UInt64(seed) &* 7919 &+ 13)
        let stack = RandomStack(&random)
        let series = directory.appending("series\(seed)")
        let commits = try await stack.write(seed, to: git, series)
        let numbers = Array(commits.indices)
        let dropped =
          random.below(2) == 0
          ? [numbers.randomElement(using: &random) ?? 0] : Array(numbers.shuffled(using: &random).prefix(2))
        let shuffled = numbers.shuffled(using: &random)
        let work = try StackWork(on: series, repository: git.path)
        let whole = try await git.git("rev-parse", ["\(commits.last ?? "")^{tree}"])
        for (order, isDrop) in [(numbers.filter { !dropped.contains($0) }, true), (shuffled, false)]
        where order != numbers {
          let theirs = try await rebase(order.map { commits[$0] }, seed, in: git, directory)
          let before = try SeriesFiles(in: series)
          let ours: Outcome
          var reason = ""
          do {
            _ =
              isDrop
              ? try work.drop(dropped.map { "\($0 + 1)" })
              : try work.reorder(order.map { "\($0 + 1)" }, to: .first)
            ours = .tree(try await applied(series, seed, in: git))
          } catch let error as PatchStackError {
            guard case .refused = error else { throw error }
            ours = .conflict
            reason = error.description
          }
          let case_ = "seed \(seed), \(isDrop ? "drop \(dropped)" : "reorder \(order)")"
          switch (ours, theirs) {
          case (.conflict, .tree(let tree)):
            let isEmpty = reason.contains("nothing is left for it to do")
            if isDrop ? !isEmpty : tree == whole {
              differences.append("\(case_): git has \(tree), ours \(reason)")
            }
          case (.tree(let tree), .conflict): differences.append("\(case_): git has a conflict, ours \(tree)")
          case (.tree(let tree), .tree(let other)) where tree != other:
            differences.append("\(case_): git has \(other), ours \(tree)")
          default: break
          }
          if case .tree = ours {
            outcomes.clean += 1
            _ = try work.undo()
          } else {
            outcomes.refused += 1
          }
          #expect(try SeriesFiles(in: series) == before)
        }
      }
    }
    #expect(differences == [])
    if count >= 20 { #expect(outcomes.clean > count / 3 && outcomes.refused > count / 8, "\(outcomes)") }
  }

  private func environment(_ variable: String) -> Int? {
    getenv(variable).flatMap { Int(String(cString: $0)) }
  }

  private func rebase(
    _ commits: [String], _ seed: Int, in git: GitFixture, _ directory: FilePath
  ) async throws -> Outcome {
    let todo = directory.appending("todo")
    let lines = commits.isEmpty ? "noop\n" : commits.map { "pick \($0)\n" }.joined()
    try Files.write(Array(lines.utf8), to: todo)
    try await git.git("checkout", ["-qf", "--detach", "stack\(seed)"])
    do {
      try await git.git(
        "-c",
        [
          "sequence.editor=cp \(todo)", "-c", "merge.directoryRenames=false", "rebase", "-q", "-i",
          "--empty=keep", "--no-ff", "base\(seed)",
        ])
    } catch {
      try await git.git("rebase", ["--abort"])
      return .conflict
    }
    return .tree(try await git.git("rev-parse", ["HEAD^{tree}"]))
  }

  /// Returns the tree that the series comes to when `git am` applies it.
  private func applied(_ series: FilePath, _ seed: Int, in git: GitFixture) async throws -> String {
    try await git.git("checkout", ["-qf", "--detach", "base\(seed)"])
    let patches = try Series.load(series).patches.map { series.appending($0.name).string }
    if !patches.isEmpty { try await git.git("am", ["-q"] + patches) }
    return try await git.git("rev-parse", ["HEAD^{tree}"])
  }
}
