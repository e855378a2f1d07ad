import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns the first SIGINT, SIGTERM or SIGHUP into a call, so that work ends in order; a second one ends the tool.
struct Interruption {
  private static let happened = Atomic(false)
  private let sources: [any DispatchSourceSignal]

  /// Whether a signal came.
  static var hasHappened: Bool { happened.load(ordering: .acquiring) }

  init(_ cancel: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      // A handler, not SIG_IGN: programs that the tool starts would inherit that.
      signal(number) { _ in }
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        guard !Self.happened.exchange(true, ordering: .acquiringAndReleasing) else {
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

  func end() {
    for source in sources { source.cancel() }
  }
}
