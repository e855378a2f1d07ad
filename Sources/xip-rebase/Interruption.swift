import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns the first SIGINT, SIGTERM or SIGHUP into a call, so that work ends in order; a second one ends the tool.
///
/// The exit code is the shell's for a program that a signal ended: 128 and the signal's number.
struct Interruption {
  /// The number of the first signal that came, 0 before.
  private static let first = Atomic<Int32>(0)
  /// Whether there is nothing to save.
  private static let isIdle = Atomic(false)
  private let sources: [any DispatchSourceSignal]

  /// The exit code when a signal came, nil before.
  static var exitCode: Int32? {
    let number = first.load(ordering: .acquiring)
    return number == 0 ? nil : 128 + number
  }

  /// Lets the first signal end the tool at once: what it does writes nothing and starts no program.
  static func endAtOnce() {
    isIdle.store(true, ordering: .releasing)
  }

  init(_ cancel: @escaping @Sendable () -> Void) {
    // Of its own, as work may keep every thread busy that the other queues share.
    let queue = DispatchQueue(label: "signals")
    sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number in
      // What is ignored stays so: `nohup` lets a job outlive its terminal, and a shell keeps Ctrl-C from those behind it.
      guard !Self.isIgnored(number) else { return nil }
      // A handler, not SIG_IGN: programs that the tool starts would inherit that.
      signal(number) { _ in }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        let isFirst = Self.first.compareExchange(
          expected: 0, desired: number, ordering: .acquiringAndReleasing
        ).exchanged
        guard isFirst, !Self.isIdle.load(ordering: .acquiring) else {
          ProgressDisplay.end()
          _exit(128 + number)
        }
        ProgressDisplay.announce("xip-rebase: interrupted, ending what runs; once more to leave at once")
        cancel()
      }
      source.activate()
      return source
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  func end() {
    for source in sources { source.cancel() }
  }
}
