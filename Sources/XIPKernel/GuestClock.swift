/// The clock of a guest: time counts for it only while QEMU is not kept waiting for a processor.
///
/// A boot's limits are there to find a kernel that hangs. On a machine with too much to do QEMU hangs as well, in the
/// queue for a processor, and that is nothing a kernel is judged by. So the clock is the host's, less what QEMU waited.
///
/// It takes readings and knows nothing of where they are from. Of QEMU's threads the one counts, second by second, that
/// waited longest: each of them is one that the guest may be waiting for, and mostly they wait side by side. In shorter
/// times the same wait would count twice, as the scheduler books it for one thread sooner than for the other.
struct GuestClock {
  /// A look that comes later than this after the one before counts for no longer: the tool itself was not let run then,
  /// as when a container is frozen, and it cannot tell what QEMU was let do.
  static let gap = Duration.seconds(1)

  /// The time between two looks: what comes sooner is no look.
  static let spacing = Duration.milliseconds(100)

  /// The time within which the longest wait counts.
  static let window = Duration.seconds(1)

  /// The host's time since the clock was started.
  private(set) var elapsed = Duration.zero

  /// How much of it QEMU was kept waiting.
  var kept: Duration { min(keptBefore + keptInWindow, elapsed) }

  /// The guest's time since the clock was started.
  ///
  /// It may go back a little: the scheduler books the end of a wait when it is over.
  var now: Duration { elapsed - kept }

  private var lastLook = Duration.zero
  private var threads: [Int32: Thread] = [:]
  private var windowStart = Duration.zero
  private var keptInWindow = Duration.zero
  /// How much later than `gap` the looks of this window came.
  private var lateInWindow = Duration.zero
  private var keptBefore = Duration.zero

  /// A thread as it was at the last look.
  private struct Thread {
    var times: ThreadTimes
    /// The wait that it is in, as far as it has been seen and is not in `times`.
    var unbooked = Duration.zero
    /// All that it had waited when the window began; a thread is younger than the clock, so that is nothing for a new one.
    var waitedBefore = Duration.zero
    /// All that it has waited.
    var waited: Duration { times.waited + unbooked }
  }

  /// Moves the clock on.
  ///
  /// - Parameters:
  ///   - elapsed: The host's time since the clock was started.
  ///   - times: Returns what is known of QEMU's threads by their numbers, nil where the scheduler does not tell; only
  ///     called when a look is due.
  mutating func move(to elapsed: Duration, _ times: () -> [Int32: ThreadTimes]?) {
    self.elapsed = elapsed
    let interval = elapsed - lastLook
    guard interval >= Self.spacing else { return }
    lastLook = elapsed
    look(times() ?? [:], interval)
    lateInWindow += max(.zero, interval - Self.gap)
    let longest = threads.values.map { $0.waited - $0.waitedBefore }.max() ?? .zero
    keptInWindow = max(keptInWindow, lateInWindow, longest)
    if elapsed - windowStart >= Self.window { beginWindow() }
  }

  /// Takes a reading that comes `interval` after the last one.
  private mutating func look(_ times: [Int32: ThreadTimes], _ interval: Duration) {
    var next: [Int32: Thread] = [:]
    for (number, times) in times {
      let last = threads[number]
      var thread = Thread(times: times, waitedBefore: last?.waitedBefore ?? .zero)
      // Runnable, and neither run nor moved up: the scheduler books this wait when it ends, which may be in a minute.
      if times.isRunnable, let last, last.times == times { thread.unbooked = last.unbooked + interval }
      next[number] = thread
    }
    threads = next
  }

  private mutating func beginWindow() {
    keptBefore += keptInWindow
    (keptInWindow, lateInWindow, windowStart) = (.zero, .zero, elapsed)
    threads = threads.mapValues { thread in
      var thread = thread
      thread.waitedBefore = thread.waited
      return thread
    }
  }

  /// The share of the time from which on a machine kept QEMU waiting too long to judge a kernel by what it did not do.
  ///
  /// The timers of the guest go on while it stands still, and so does its console: with a tenth of a processor a kernel
  /// was seen to switch the board off before its first process's last lines were out.
  static let bearableShare = 0.75

  /// What is to be said of a machine that kept QEMU waiting for more than that; nil of any other.
  var complaint: String? {
    let share = elapsed > .zero ? kept / elapsed : 0
    guard share > Self.bearableShare else { return nil }
    return "it was kept waiting for a processor for \(Int(share * 100))% of \(elapsed.components.seconds) s; "
      + "run it on a less busy machine"
  }
}
