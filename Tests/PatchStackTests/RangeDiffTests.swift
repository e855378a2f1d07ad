import Host
import PatchStack
import SystemPackage
import TestSupport
import Testing

@Suite struct RangeDiffPairs {
  /// Two forms of a series: the second has the first patch under another name, the second changed and renamed, the third
  /// as it was, and another fourth.
  private func with(_ body: (Stack, [PatchDifference]) async throws -> Void) async throws {
    let files = ["f": numbered(60), "g": numbered(60), "h": numbered(60), "i": numbered(60)]
    try await Stack.with(files) { stack in
      let long = numbered(12).replacing("line", with: "added")
      try await stack.patch("a.patch", ["f": numbered(60, [30: long])])
      try await stack.patch("b.patch", ["g": numbered(60, [30: long])])
      try await stack.patch("c.patch", ["h": numbered(60, [10: "ten\n"])])
      try await stack.patch("d.patch", ["i": numbered(60, [10: "ten\n"])])
      let other = Stack(git: stack.git, directory: stack.directory.appending("other"))
      try Files.makeDirectory(other.directory)
      try await stack.git.git("branch", ["-m", "stack", "first"])
      try await other.patch("one.patch", ["f": numbered(60, [30: long])])
      try await other.patch("two.patch", ["g": numbered(60, [30: long + "and one more\n"])])
      try await other.patch("c.patch", ["h": numbered(60, [10: "ten\n"])])
      try await other.patch("new.patch", ["i": nil])
      let forms = try [stack, other].map { form in
        var rebaser = try Rebaser(try Series.load(form.directory), repository: form.git.path)
        return try #require(try rebaser.refresh(onto: "base"))
      }
      try await body(stack, try PatchDifference.between(forms[0], forms[1]))
    }
  }

  @Test func renamedPatchesArePairedByWhatTheyDo() async throws {
    try await with { _, differences in
      #expect(
        differences.map { "\($0.kind.rawValue) \($0.oldName ?? "") \($0.name)" } == [
          "changed a.patch one.patch", "changed b.patch two.patch", "same  c.patch", "right  new.patch",
          "left  d.patch",
        ])
      // Of the first only the subject differs.
      #expect(differences[0].lines.filter { $0.hasPrefix("+") || $0.hasPrefix("-") }.count == 2)
      #expect(differences[1].lines.contains("++and one more"))
    }
  }

  @Test func gitPairsTheSame() async throws {
    try await with { stack, differences in
      let output = try await stack.git.git(
        "range-diff", ["--no-color", "--no-patch", "base..first", "base..stack"])
      // `1:  0123456 ! 1:  89abcde tip-one.patch`; a patch that only one has stands beside dashes.
      let git = output.split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        return "\(words[2]) \(words[0].dropLast()) \(words[3].dropLast())"
      }
      let signs: [PatchDifference.Kind: String] = [.same: "=", .changed: "!", .left: "<", .right: ">"]
      let old = ["a.patch": 1, "b.patch": 2, "c.patch": 3, "d.patch": 4]
      let new = ["one.patch": 1, "two.patch": 2, "c.patch": 3, "new.patch": 4]
      let ours = differences.map { patch in
        let first = patch.kind == .right ? nil : old[patch.oldName ?? patch.name]
        let second = patch.kind == .left ? nil : new[patch.name]
        return "\(signs[patch.kind] ?? "") \(first.map(String.init) ?? "-") \(second.map(String.init) ?? "-")"
      }
      #expect(Set(ours) == Set(git), "\(output)")
    }
  }
}
