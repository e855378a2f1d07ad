#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs blocking work on a thread of its own, off the pool that all tasks share.
///
/// - Parameter work: Called once; it does not see the task's cancellation.
/// - Returns: What `work` returns.
/// - Throws: What `work` throws.
public func onOwnThread<Value: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
  let outcome: Result<Value, Failure> = await withCheckedContinuation { continuation in
    let job = Job { continuation.resume(returning: Result(catching: work)) }
    let argument = Unmanaged.passRetained(job).toOpaque()
    var thread = pthread_t()
    let refused = pthread_create(
      &thread, nil,
      { argument in
        // The parameter is an optional on some C libraries.
        let job: UnsafeMutableRawPointer? = argument
        if let job { Unmanaged<Job>.fromOpaque(job).takeRetainedValue().run() }
        return nil
      }, argument)
    if refused == 0 {
      pthread_detach(thread)
    } else {
      // Without a thread the work is late, not lost.
      Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run()
    }
  }
  return try outcome.get()
}

private final class Job: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}
