import Host
import SystemPackage
import Testing
import XIPKernel

@testable import VersionMatrix

/// A kernel that does not boot, for `reason`.
private func failed(_ reason: String) -> XIPKernelError {
  .bootFailed(kernel: "the XIP kernel", reason: reason, console: "/nowhere/console.log")
}

/// Runs a rung whose tries end as `ends` says, nil being one that passes.
private func tried(_ ends: [XIPKernelError?]) async -> (tries: Tries, failure: XIPKernelError?, count: Int) {
  var tries = Tries()
  var count = 0
  do {
    try await tries.run(.booted, progress: .silent) { number in
      count = number
      if let error = ends[number - 1] { throw error }
    }
    return (tries, nil, count)
  } catch {
    return (tries, error as? XIPKernelError, count)
  }
}

@Test func whatPassesIsTriedOnce() async {
  let (tries, failure, count) = await tried([nil])
  #expect(failure == nil && count == 1 && tries.outcomes == [])
}

@Test func aFailureIsTriedThreeTimesAndCountsWhateverTheOthersCameTo() async {
  let (tries, failure, count) = await tried([failed("a panic"), nil, nil])
  #expect(failure?.description.contains("a panic") == true)
  #expect(count == 3)
  #expect(tries.outcomes.map(\.reason).map { $0 != nil } == [true, false, false])
  #expect(tries.outcomes.disagreement == "passed in 2 of 3 tries")
}

@Test func aKernelThatAlwaysFailsTheSameWayIsNotFlaky() async {
  let (tries, _, count) = await tried(["0x80100a2c", "0x80100b4f", "7"].map { failed("Oops at \($0)") })
  #expect(count == 3)
  #expect(tries.outcomes.disagreement == nil)
  let (others, _, _) = await tried([failed("a panic"), failed("silence"), failed("a panic")])
  #expect(others.outcomes.disagreement == "failed in different ways")
}

@Test func whatIsNotTheVersionsFaultIsNotTriedAgain() async {
  let broken = XIPKernelError.machineFailed(reason: "no memory")
  let (tries, failure, count) = await tried([broken])
  #expect(failure?.blame == .infrastructure && count == 1 && tries.outcomes == [])
  // A fault of the machine in a later try takes nothing from what was seen.
  let (later, first, last) = await tried([failed("a panic"), broken])
  #expect(first?.blame == .version && last == 2 && later.outcomes.count == 1)
}
