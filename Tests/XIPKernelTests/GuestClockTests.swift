import Host
import SystemPackage
import Testing

@testable import XIPKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct GuestClockTests {
  /// Returns the times of a thread, in milliseconds.
  private func thread(ran: Int = 0, waited: Int = 0, slices: Int = 1, wants: Bool = false) -> ThreadTimes {
    ThreadTimes(
      ran: .milliseconds(ran), waited: .milliseconds(waited), slices: slices, isRunnable: wants)
  }

  /// Moves a clock by `step` milliseconds for each reading.
  private func clock(_ readings: [[Int32: ThreadTimes]?], step: Int = 100) -> GuestClock {
    var clock = GuestClock()
    for (index, reading) in readings.enumerated() {
      clock.move(to: .milliseconds(step * (index + 1))) { reading }
    }
    return clock
  }

  @Test func timeThatNobodyWaitsCounts() {
    let clock = clock([[1: thread(ran: 80)], [1: thread(ran: 80)], [1: thread(ran: 200, wants: true)]])
    #expect(clock.now == .milliseconds(300))
    #expect(clock.kept == .zero)
  }

  @Test func timeInTheQueueDoesNotCount() {
    let clock = clock([[1: thread(waited: 90)], [1: thread(waited: 185, slices: 2)]])
    #expect(clock.now == .milliseconds(15))
    #expect(clock.elapsed == .milliseconds(200))
  }

  @Test func whereNobodyTellsTheHostsTimeCounts() {
    #expect(clock([nil, nil, [:]]).now == .milliseconds(300))
  }

  @Test func ofThreadsThatWaitSideBySideTheLongestWaitCounts() {
    let clock = clock([
      [1: thread(waited: 60), 2: thread(waited: 90)], [1: thread(waited: 160), 2: thread(waited: 91)],
    ])
    #expect(clock.kept == .milliseconds(160))
  }

  @Test func aWaitThatIsBookedForOneThreadLaterThanForTheOtherCountsOnce() {
    // Both have a tenth of a processor, at the same moments.
    let readings = (1...100).map {
      [Int32(1): thread(waited: 90 * $0, slices: $0), 2: thread(waited: 180 * ($0 / 2), slices: $0)]
    }
    let kept = clock(readings).kept
    #expect(kept >= .milliseconds(9000) && kept <= .milliseconds(9000 + 10 * 90), "\(kept)")
  }

  @Test func threadsThatWaitOneAfterTheOtherBothCount() {
    let clock = clock(
      [[1: thread(waited: 1000), 2: thread()], [1: thread(waited: 1000), 2: thread(waited: 1000)]], step: 1000
    )
    #expect(clock.kept == .seconds(2))
  }

  @Test func aWaitCountsBeforeItIsOverAndOnlyOnce() {
    let waits = thread(ran: 5, wants: true)
    var clock = clock([[1: waits], [1: waits], [1: waits], [1: waits]])
    // What it did before the second look is not known yet.
    #expect(clock.now == .milliseconds(100))
    clock.move(to: .milliseconds(500)) { [1: thread(ran: 10, waited: 480, slices: 2)] }
    #expect(clock.now == .milliseconds(20))
  }

  @Test func aThreadThatSleepsOrRunsIsNotTakenForOneThatWaits() {
    let sleeps = thread(ran: 5)
    #expect(clock([[1: sleeps], [1: sleeps], [1: sleeps]]).kept == .zero)
    let runs = [10, 110, 210].map { [Int32(1): thread(ran: $0, wants: true)] }
    #expect(clock(runs).kept == .zero)
  }

  @Test func aThreadThatEndedTakesItsWaitWithIt() {
    let clock = clock(
      [[1: thread(), 2: thread(waited: 70)], [1: thread()], [1: thread(), 2: thread(waited: 5)]], step: 1000)
    #expect(clock.kept == .milliseconds(75))
  }

  @Test func aLookThatComesLateCountsForOneSecond() {
    var clock = GuestClock()
    clock.move(to: .seconds(3600)) { [1: thread()] }
    #expect(clock.now == .seconds(1))
    clock.move(to: .seconds(3610)) { [1: thread(waited: 9500, slices: 2)] }
    #expect(clock.now == .milliseconds(1500))
  }

  @Test func whatComesTooSoonIsNoLook() {
    var clock = clock([[1: thread()]])
    clock.move(to: .milliseconds(199)) {
      Issue.record("looked")
      return nil
    }
    #expect(clock.now == .milliseconds(199))
  }

  @Test func aMachineThatKeepsQEMUWaitingForMostOfTheTimeIsComplainedAbout() {
    let complaint = clock([[1: thread(waited: 76)]]).complaint
    #expect(complaint?.hasPrefix("it was kept waiting for a processor for 76% of 0 s; ") == true)
    #expect(clock([[1: thread(waited: 75)]]).complaint == nil)
    #expect(GuestClock().complaint == nil)
  }

  @Test(arguments: ["qemu", "qemu ) S (", ""])
  func theFilesOfAThreadAreRead(name: String) {
    let schedule = Array("64987833 11237458912 577\n".utf8)
    let times = ThreadTimes(schedule: schedule, status: Array("4711 (\(name)) R 1 4711 4711 0\n".utf8))
    #expect(
      times
        == ThreadTimes(
          ran: .nanoseconds(64_987_833), waited: .nanoseconds(11_237_458_912), slices: 577, isRunnable: true))
    #expect(ThreadTimes(schedule: schedule, status: Array("4711 (x) S 1\n".utf8))?.isRunnable == false)
  }

  @Test(arguments: ["0 0 0\n", "", "1 2\n", "a b c\n", "1 2 3 4\n"])
  func anAccountThatIsNotKeptIsNone(schedule: String) {
    #expect(ThreadTimes(schedule: Array(schedule.utf8), status: Array("1 (x) S 1\n".utf8)) == nil)
  }

  private static let keepsAccount = ((try? read("/proc/self/schedstat")) ?? "0 0 0\n") != "0 0 0\n"

  @Test(.enabled(if: keepsAccount, "this kernel keeps no account of waits"))
  func theThreadsOfThisProcessAreSeen() {
    let threads = ThreadTimes.all(of: getpid())
    #expect(threads?[getpid()] != nil)
    #expect(ThreadTimes.all(of: Int32.max) == nil)
  }
}
