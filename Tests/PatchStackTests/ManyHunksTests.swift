import Host
import TestSupport
import Testing

@testable import PatchStack

/// Patches that were made to take long: what they cost is counted, not timed.
@Suite struct ManyHunks {
  private func bytes(_ lines: some Sequence<String>) -> [UInt8] { Array(lines.joined().utf8) }

  /// Looks for every run of `height` lines of a text of `count`, as a patch with a hunk at each line would.
  private func work(_ count: Int, _ height: Int, _ line: (Int) -> String) throws -> Int {
    let lines = (0..<count).map(line)
    var search = LineSearch(Text(bytes(lines)))
    for start in 0..<(count - height) {
      let found = try search.find(bytes(lines[start..<(start + height)]))
      #expect(found.places.contains { $0.line == start })
    }
    return search.work
  }

  @Test func twiceTheHunksInTwiceTheTextTakeTwiceTheWork() throws {
    for line in [{ "line \($0)\n" }, { $0 % 4 == 0 ? "line \($0)\n" : "}\n" }] as [(Int) -> String] {
      let (once, twice) = (try work(2000, 5, line), try work(4000, 5, line))
      #expect(once > 0 && Double(twice) < 2.2 * Double(once), "\(once) and \(twice)")
    }
  }

  /// All of the text's lines are alike, and no line of a hunk is rare.
  @Test func whatStandsEverywhereIsGivenUpWithinItsBound() throws {
    let text = Text(bytes(repeatElement("x\n", count: 5000)))
    var search = LineSearch(text, limit: 20_000)
    #expect(throws: LineSearch.TooMuch.self) {
      for _ in 0..<5000 { _ = try search.find(bytes(repeatElement("x\n", count: 40))) }
    }
    #expect(search.work <= 20_000 + 10)
  }

  /// One hunk of a text that starts like it at every line.
  @Test func aHunkThatAlmostFitsEverywhereIsGivenUpByTheSearchWithoutAnIndex() throws {
    let text = Text(bytes(repeatElement("x\n", count: 20_000)))
    let pattern = bytes(repeatElement("x\n", count: 10_000)) + Array("y\n".utf8)
    #expect(text.occurrences(of: pattern, isBounded: true) == nil)
    var search = LineSearch(text)
    // Its rarest line tells at once.
    #expect(try search.find(pattern).count == 0)
    #expect(search.work < 1000)
  }

  /// Few kinds of lines, so that runs of them stand in many places and overlap.
  @Test(arguments: 0..<6) func theIndexFindsWhatTheSearchWithoutOneDoes(seed: Int) throws {
    var random = Seeded(seed: UInt64(seed))
    let kinds = ["a\n", "ab\n", "\n", "b a b\n", String(repeating: "ab", count: 150) + "\n"]
    let lines = (0..<60).map { _ in kinds[random.below(kinds.count)] }
    var content = bytes(lines)
    if seed % 2 == 0 { content.removeLast() }
    let text = Text(content)
    var search = LineSearch(text)
    for _ in 0..<(LineSearch.few + 200) {
      var wanted = bytes((0...random.below(4)).map { _ in kinds[random.below(kinds.count)] })
      if random.below(4) == 0 { wanted.removeLast() }
      guard !wanted.isEmpty else { continue }
      let start = text.places(ofLinesAt: text.occurrences(of: Array("a\n".utf8)))[0]
      let all = text.places(ofLinesAt: text.occurrences(of: wanted))
      let found = try search.find(wanted, from: start)
      #expect(found.count == all.count)
      #expect(found.places == all.filter { $0.offset >= start.offset })
      if all.count > 1 { #expect(found.lines == all.prefix(8).map { $0.line + 1 }) }
    }
    #expect(search.work > 0)
  }

  /// A patch with a hunk for every fourth line, onto its base, onto a text that moved, and onto one that differs.
  @Test func aPatchOfThousandsOfHunksIsCarried() async throws {
    let hunks = 1500
    let patch = (1..<hunks).map { hunk in
      let line = 4 * hunk + 1
      return """
        @@ -\(line),3 +\(line),3 @@
         line \(line)
        -line \(line + 1)
        +new \(line + 1)
         line \(line + 2)

        """
    }
    try await Stack.with(["f": numbered(4 * hunks)]) { stack in
      try stack.list("one", "--- a/f\n+++ b/f\n" + patch.joined())
      #expect(try stack.rebase(onto: "base").patches.map(\.outcome) == [.unchanged])
      try await stack.target(["f": "first\n" + numbered(4 * hunks)], tag: "moved")
      let moved = try stack.rebase(onto: "moved").patches[0]
      #expect(moved.outcome == .offset && moved.detail == "f: offset +1")
      try await stack.target(["f": numbered(4 * hunks, [6: "other\n", 4 * hunks: "end\n"])], tag: "changed")
      let changed = try stack.rebase(onto: "changed")
      #expect(changed.conflicts.map(\.line) == [6])
    }
  }

  @Test func aFileThatIsTooLargeToMergeIsAConflictThatSaysSo() async throws {
    let count = FileMerge.mostLines + 1000
    let text = { (changes: [Int: String]) in (1...count).map { changes[$0] ?? "\($0 % 10)\n" }.joined() }
    try await Stack.with(["f": text([:])]) { stack in
      try await stack.patch("one", ["f": text([1: "one\n", count: "end\n"])])
      try await stack.target(["f": text([2: "two\n"])])
      let conflicts = try stack.rebase().conflicts
      #expect(conflicts.map(\.kind) == [.content] && conflicts[0].line == nil)
      let text = conflicts[0].description(target: "target")
      #expect(text.hasPrefix("one: f: conflict with target (too large to merge: 501"), "\(text)")
    }
  }

  @Test func aHunkWithTooManyPlacesIsNamedWithItsFile() async throws {
    try await Stack.with(["f": "f\n"]) { stack in
      try stack.list("one", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-f\n+g\n")
      let patch = try Series.load(stack.directory).patches[0]
      let file = patch.changes[0]
      let error = failure(.hunk(.tooMuch(file.hunks[0])), of: file, in: patch, base: "v6.1")
      #expect("\(error)".hasPrefix("\(stack.directory)/one:3: does not apply to its base v6.1: its lines"))
      #expect("\(error)".contains("too many places of f"))
      #expect(error.blame == .usage)
    }
  }

  @Test func aCancelledTaskCarriesNothing() async throws {
    try await Stack.with(["f": numbered(9)]) { stack in
      try await stack.patch("one", ["f": numbered(9, [5: "five\n"])])
      let error = await Task {
        withUnsafeCurrentTask { $0?.cancel() }
        do throws(PatchStackError) {
          _ = try Rebaser.run(
            try Series.load(stack.directory), onto: "base", repository: stack.git.path, mode: .dryRun)
          return PatchStackError?.none
        } catch {
          return error
        }
      }.value
      #expect(error?.blame == .interruption)
    }
  }
}
