import Host
import SystemPackage
import TestSupport
import Testing

/// The acceptance scenarios of a stack's rebase, and the tests that stand for each.
///
/// Every scenario has one.
@Suite struct Acceptance {
  private static let scenarios: [(number: Int, sentence: String, tests: [String])] = [
    (
      1, "nothing changed: same tree, same patch files, no object written",
      [
        "aTargetWithNothingChangedGivesTheSameTreeAndNoNewObject",
        "anUnchangedPatchKeepsItsBytesAndAnAbsorbedOneGoes",
      ]
    ),
    (2, "upstream changed other files only", ["theCommitHasThePatchsAuthorDateAndMessage"]),
    (3, "same file far away", ["movedHunksAreReportedWithTheirOffset"]),
    (
      4, "another site matches better",
      [
        "aHunkThatFitsTwiceGoesWhereTheMergeSaysItDoes",
        "aHunkThatFitsItsBaseTwiceIsAnErrorThatNamesThePlaces",
      ]
    ),
    (
      5, "five patches, each on the lines of the one before",
      ["fivePatchesThatEachTouchTheLinesOfTheOneBefore"]
    ),
    (
      6, "two patches on one file, upstream moved between",
      ["twoPatchesOnOneFileThatUpstreamChangedBetweenThem"]
    ),
    (7, "no common history", ["aTagWithNoCommonHistory"]),
    (8, "annotated and light tags", ["annotatedTagsAndOlderTagsAreTargetsLikeAnyOther"]),
    (9, "onto the base tag itself", ["itIsCarriedWithoutASpecialCase"]),
    (10, "onto an older tag", ["annotatedTagsAndOlderTagsAreTargetsLikeAnyOther"]),
    (11, "bare, read-only repository", ["aBareReadOnlyRepositoryIsEnoughForADryRun"]),
    (12, "SHA-256 repository refused", ["aSHA256RepositoryIsRefusedByName"]),
    (
      13, "whole patch upstream, same text",
      ["aWholePatchThatUpstreamTookLeavesTheStack", "theCommitThatTookThePatchIsNamed"]
    ),
    (
      14, "upstream with different context",
      ["upstreamTookItAmongOtherChangesNearby", "upstreamTookItIntoAContextOfItsOwn"]
    ),
    (
      15, "squashed with another change",
      ["aChangeSquashedWithAnotherOnTheSameLinesIsNotDropped", "aSquashIsNamedThatTookItAmongOthers"]
    ),
    (16, "only one hunk upstream", ["oneOfTwoHunksIsUpstreamAndTheOtherStays", "oneOfTwoFilesIsUpstream"]),
    (
      17, "upstream adds then reverts",
      ["upstreamTookItAndRevertedIt", "ofAChangeThatWasRevertedAndTakenAgainTheLastIsNamed"]
    ),
    (18, "mode-only patch", ["aModeIsAbsorbedLikeAnyChange"]),
    (19, "empty patch kept", ["aPatchThatOnlySaysSomethingIsKept"]),
    (20, "a patch depends on an absorbed one", ["aPatchOnTopOfAnAbsorbedOneStillFits"]),
    (21, "other white space", ["theSameChangeInOtherWhiteSpaceIsAConflictThatSaysSo"]),
    (22, "content conflict", ["bothChangedOneLine"]),
    (23, "insert next to a delete", ["anInsertNextToADeleteConflicts"]),
    (24, "both add the same file", ["bothAddTheSameFile"]),
    (25, "modify and delete", ["oneSideDeletesWhatTheOtherChanges"]),
    (26, "directory and file", ["aFileWhereTheOtherSideHasADirectory"]),
    (
      27, "mode conflict",
      ["bothAddAFileOfTheSameContentAndAnotherMode", "aModeChangeOfWhatIsALinkNow"]
    ),
    (28, "symbolic link and file", ["aSymbolicLinkWhereThePatchHasAFile"]),
    (29, "binary conflict", ["bothChangeWhatIsNoText"]),
    (30, "a conflict does not hide another", ["aConflictDoesNotHideIndependentOnesBehindIt"]),
    (31, "continue", ["goingOnAfterTheConflictIsSettled", "aConflictWaitsIsSettledAndGoesOn"]),
    (
      32, "skip",
      ["aPatchIsLeftOut", "aPatchIsSkipped", "whatWasDecidedOfWholeFilesAndPatchesIsRemembered"]
    ),
    (33, "abort", ["givingUpLeavesEverythingAsItWas", "anAbortedRebaseLeavesAllAsItWas"]),
    (34, "crash before the reference moved", ["aRunThatDiedBeforeTheBranchMovedIsRunAgain"]),
    (35, "two runs at once", ["aSecondRunIsTurnedAway"]),
    (36, "markers left", ["aMarkerThatIsLeftIsRefusedByLine"]),
    (
      37, "same conflict in the next release",
      ["theSameConflictInTheNextReleaseIsSettledTheSameWay", "aResolutionIsListedShownUsedAgainAndForgotten"]
    ),
    (38, "sides swapped", ["itHoldsWithTheSidesSwapped"]),
    (39, "far context changed", ["theSameConflictInTheNextReleaseIsSettledTheSameWay"]),
    (40, "a line added inside the recorded hunk", ["aLineThatUpstreamAddedInsideTheConflictIsNotDropped"]),
    (41, "two identical conflicts", ["twoEqualConflictsInOneFileAreSettledBoth"]),
    (42, "literal markers", ["aFileThatHoldsMarkersOfItsOwn"]),
    (43, "store shared with git", ["gitReadsWhatWeWroteAndWeWhatGitWrote"]),
    (44, "forget one", ["oneIsForgotten"]),
    (45, "file moved", ["aMovedFileIsFollowed"]),
    (46, "directory moved", ["aNewFileFollowsItsDirectory"]),
    (47, "moved and moved back", ["aFileThatMovedAndMovedBack"]),
    (48, "split into two", ["aFileSplitInTwoIsReportedNotGuessed"]),
    (49, "rename plus absorbed", ["aMovedFileThatHasTheChangeAlready"]),
    (50, "patch renames", ["thePatchItselfMovesAFile", "aPatchThatSwapsTwoNames"]),
    (51, "plain diff with a mail header", ["aPlainDiffBehindAMailHeader"]),
    (52, "creation without mode", ["aNewFileWithoutAMode"]),
    (53, "git binary", ["aBinaryPatchWithLiteralAndDelta", "aBinaryChangeThatDidNotFitIsWrittenAnew"]),
    (54, "no line feed at the end", ["aLastLineWithoutALineFeed"]),
    (
      55, "carriage returns",
      ["aPatchToAFileWithCarriageReturns", "aMailerThatEndedEveryLineInACarriageReturn"]
    ),
    (56, "trailing signature", ["aSignatureBehindTheLastHunkIsNoRemovedLine"]),
    (
      57, "options, comments and subdirectories of a series",
      ["stripLevelsReversalCommentsAndSubdirectoriesOfASeries", "itIsCarriedWithoutASpecialCase"]
    ),
    (
      58, "missing, duplicate, unlisted",
      ["aSeriesNamesWhatIsMissingListedTwiceOrNotListed", "aPatchFileThatNoSeriesListsIsWarnedOf"]
    ),
    (
      59, "text that is not UTF-8",
      [
        "bytesThatAreNotUTF8AndEncodedHeadersSurvive", "aPlainDiffBehindAMailHeader",
        "aMailIsReadAsGitReadsIt",
        "aPathThatIsNotUTF8IsSettledUnderItsOwnName",
      ]
    ),
    (60, "counts that lie", ["aHunkWhoseCountsLieIsNamedByLine", "aCorruptedPatchIsNamedByFileAndLine"]),
    (61, "odd file names", ["namesWithSpacesQuotesAndOtherAlphabets"]),
    (
      62, "a variant for a range",
      [
        "oneFormForOldVersionsAndTheSeriesItselfForNewOnes", "checkTakesTheFormOfTheSeriesThatARangeHas",
        "aVariantGoesTheWholeWay",
      ]
    ),
    (63, "overlap refused", ["anOverlapIsRefusedAndAGapNamed"]),
    (64, "gap reported", ["anOverlapIsRefusedAndAGapNamed"]),
    (
      65, "many tags, one table and one JSON",
      [
        "manyTagsGiveWhatEachGivesAlone", "checkShowsVersionsByPatchesAndWritesNothing",
        "checkPrintsTheJSONThatIsPromised",
      ]
    ),
    (
      66, "bisect equals a linear scan",
      ["itFindsWhatALinearScanFinds", "theFirstReleaseThatASeriesDoesNotFit"]
    ),
    (67, "breaks, heals, breaks", ["manyTagsGiveWhatEachGivesAlone", "whatHealsIsTold"]),
    (
      68, "range-diff",
      ["theStackOfTwoTagsPatchByPatch", "rangeDiffTellsWhatDiffers", "gitPairsTheSame"]
    ),
    (69, "kept result says so", ["whatWasBuiltBeforeIsKeptAndSaysSo"]),
    (
      70, "flaky boot recorded as both",
      ["aRetryNeverRaisesAVerdict", "aBootThatFailsOnceIsFlakyAndDoesNotPass"]
    ),
    (71, "export, import, export", ["writingReadingAndWritingGivesTheSame"]),
    (
      72, "unchanged patch keeps bytes, dates, index length",
      ["anUnchangedPatchKeepsItsBytesAndAnAbsorbedOneGoes", "ofAMovedHunkOnlyTheNumbersChange"]
    ),
    (
      73, "applies with patch, git apply, quilt, git am",
      ["whatIsWrittenForATagApplies", "writingReadingAndWritingGivesTheSame"]
    ),
    (
      74, "exit codes",
      ["aWrongCommandLineIsUsage", "checkNamesAVersionThatIsNotStored", "checkNamesTheConflictAndGoesOn"]
    ),
    (
      75, "standard output is JSON only",
      ["checkPrintsTheJSONThatIsPromised", "theJSONHasTheShapeThatIsPromised"]
    ),
  ]

  @Test func everyScenarioNamesTestsThatExist() async throws {
    #expect(Self.scenarios.map(\.number) == Array(1...75))
    let found = try await Command(
      "grep", ["-rhoE", "func [A-Za-z0-9]+", Tool.project.appending("Tests").string]
    ).output()
    let functions = Set(String(decoding: found, as: UTF8.self).split(separator: "\n").map { $0.dropFirst(5) })
    for scenario in Self.scenarios {
      #expect(!scenario.tests.isEmpty)
      for test in scenario.tests {
        #expect(functions.contains(test[...]), "\(scenario.number), \(scenario.sentence): no test \(test)")
      }
    }
  }
}
