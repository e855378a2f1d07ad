/// What a boot knows of the host: the time, and how QEMU fares.
struct HostTime: Sendable {
  /// The time since some moment; a machine that is suspended stops it.
  var now: @Sendable () -> Duration
  /// The times of a process's threads; nil where nobody tells.
  var threads: @Sendable (Int32) -> [Int32: ThreadTimes]?

  /// That of this machine.
  static var system: HostTime {
    // CLOCK_MONOTONIC; ContinuousClock is CLOCK_BOOTTIME, which goes on while a laptop is closed.
    let start = SuspendingClock.now
    return HostTime(now: { SuspendingClock.now - start }, threads: ThreadTimes.all)
  }
}
