import Host
import SystemPackage

/// What the scheduler tells of one thread since the thread's start.
struct ThreadTimes: Hashable, Sendable {
  /// The time on a processor.
  var ran: Duration
  /// The time in the queue for one, of waits that are over.
  ///
  /// A thread whose group has used up its quota is in the queue, too.
  var waited: Duration
  /// How often the thread got a processor.
  var slices: Int
  /// Whether the thread runs or wants to.
  var isRunnable: Bool

  /// Reads the times of all threads of a process by their numbers.
  ///
  /// The kernel describes the files in Documentation/scheduler/sched-stats.rst and Documentation/filesystems/proc.rst;
  /// the times are in nanoseconds.
  ///
  /// - Returns: Nil where the kernel keeps no account of waits, or the process is gone.
  static func all(of process: Int32) -> [Int32: ThreadTimes]? {
    let tasks = FilePath("/proc/\(process)/task")
    var all: [Int32: ThreadTimes] = [:]
    for name in (try? Files.list(tasks)) ?? [] {
      let directory = tasks.appending(name)
      guard let number = Int32(name), let schedule = try? Files.read(directory.appending("schedstat")),
        let status = try? Files.read(directory.appending("stat"))
      else { continue }
      all[number] = ThreadTimes(schedule: schedule, status: status)
    }
    return all.isEmpty ? nil : all
  }

  /// Reads `schedstat` and `stat` of a thread; nil where they are of another form, or without an account.
  init?(schedule: [UInt8], status: [UInt8]) {
    let numbers = String(decoding: schedule, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      .compactMap { Int64($0) }
    // A kernel that keeps no account writes zeros. The state stands behind the name, which may have any character.
    guard numbers.count == 3, numbers[2] > 0, let name = status.lastIndex(of: UInt8(ascii: ")")),
      let state = status[name...].dropFirst(2).first
    else { return nil }
    ran = .nanoseconds(numbers[0])
    waited = .nanoseconds(numbers[1])
    slices = Int(numbers[2])
    isRunnable = state == UInt8(ascii: "R")
  }

  /// Makes times of their parts.
  init(ran: Duration, waited: Duration, slices: Int, isRunnable: Bool) {
    (self.ran, self.waited, self.slices, self.isRunnable) = (ran, waited, slices, isRunnable)
  }
}
