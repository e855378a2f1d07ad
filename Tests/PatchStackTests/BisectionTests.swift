import PatchStack
import SystemPackage
import TestSupport
import Testing
import Versions

@Suite struct Bisections {
  @Test func itFindsWhatALinearScanFinds() async throws {
    for count in 1...20 {
      for first in 0...count {
        var probed: [Int] = []
        let finding = await Bisection.search(count) { number in
          probed.append(number)
          return number < first ? .good : .bad
        }
        let scan = (0..<count).first { $0 >= first }
        #expect(finding?.firstBad == scan)
        #expect(finding?.lastGood == (scan == nil || scan == 0 ? nil : first - 1))
        #expect(finding?.healed ?? [] == [])
        #expect(Set(probed).count == probed.count)
        // Both ends, and one for each halving.
        #expect(probed.count <= 2 + (count < 2 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount))
      }
    }
  }

  @Test func whatCannotBeToldIsPassedOver() async throws {
    let verdicts: [Bisection.Verdict] = [.untold, .good, .good, .untold, .untold, .bad, .bad, .untold]
    let finding = await Bisection.search(verdicts.count) { verdicts[$0] }
    #expect(finding?.firstBad == 5)
    #expect(finding?.lastGood == 2)
    #expect(await Bisection.search(3) { _ in .untold } == nil)
    #expect(await Bisection.search(0) { _ in .bad } == nil)
  }

  @Test func whatHealsIsTold() async throws {
    // Breaks at 2, heals at 4, breaks at 6: the record knows of a good one in between.
    let bad: Set = [2, 3, 6, 7]
    let known: [Int: Bisection.Verdict] = [3: .bad, 5: .good]
    let finding = await Bisection.search(8, known: known) { bad.contains($0) ? .bad : .good }
    #expect(finding == Bisection.Finding(firstBad: 2, lastGood: 1, healed: [5]))
  }

  @Test func whatIsKnownIsNotProbedAndNarrowsTheSearch() async throws {
    var probed: [Int] = []
    let finding = await Bisection.search(100, known: [0: .good, 90: .good, 95: .bad, 99: .bad]) { number in
      probed.append(number)
      return number < 93 ? .good : .bad
    }
    #expect(finding == Bisection.Finding(firstBad: 93, lastGood: 92))
    #expect(probed == [92, 93])
  }

  @Test func theFirstReleaseThatASeriesDoesNotFit() async throws {
    try await Stack.with(["f": numbered(60)]) { stack in
      try await stack.patch("one", ["f": numbered(60, [30: "thirty\n"])])
      for number in 1...9 {
        try await stack.target(
          ["f": numbered(60, [1: "\(number)\n", 30: number >= 6 ? "x\n" : "line 30\n"])], tag: "v1.\(number)")
      }
      let versions = try Check.versions(in: stack.git.path)
      var rebaser = try Rebaser(try Series.load(stack.directory), repository: stack.git.path)
      let scan = try versions.firstIndex { try !rebaser.check(onto: $0.tag).isClean }
      let finding = try await Bisection.search(versions.count) { number throws(PatchStackError) in
        try rebaser.check(onto: versions[number].tag).isClean ? .good : .bad
      }
      #expect(finding?.firstBad == scan)
      #expect(finding.map { versions[$0.firstBad].tag } == "v1.6")
    }
  }
}
