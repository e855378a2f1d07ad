import Testing
import VersionMatrix

@Test(
  arguments: [
    ([], 0), ([.pass], 0), ([.pass, .fail], 1), ([.error, .pass], 3), ([.error, .fail], 1),
  ] as [([Verdict], Int32)])
func aFailedVersionOutweighsAnUnfinishedOne(verdicts: [Verdict], code: Int32) {
  #expect(Verdict.exitCode(of: verdicts) == code)
}

@Test func theRungsAreOrderedAsTheyAreClimbed() {
  #expect(Rung.allCases == Rung.allCases.sorted())
}
