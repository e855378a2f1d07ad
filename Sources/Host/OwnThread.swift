#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs `body` on a thread made for it and returns what it returns.
///
/// For C code that blocks for seconds: on the cooperative pool, which has a thread a processor, it would stall
/// every other task. The caller's cancellation does not reach `body`; it has to watch a flag of its own.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    let work = Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, { threadBody($0) }, work.toOpaque())
    guard status == 0 else {
      // Out of threads: slow and right is better than not at all.
      work.takeRetainedValue().run()
      return
    }
    pthread_detach(thread)
  }
}

private final class Work: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

private func threadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
  return nil
}
