import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

/// Exit code 2 would send a user to a source file in which there is nothing to mend.
@Test(arguments: [
  ("kill -9 $$", Blame.infrastructure),
  ("echo 'gcc: fatal error: Killed signal terminated program cc1' >&2; exit 1", .infrastructure),
  ("echo 'collect2: fatal error: ld terminated with signal 9 [Killed]' >&2; exit 1", .infrastructure),
  ("echo 'collect2: fatal error: ld terminated with signal 11 [Abort]' >&2; exit 1", .infrastructure),
  ("echo 'compilation terminated.' >&2; exit 1", .infrastructure),
  ("echo 'init.c:3:1: error: expected expression' >&2; exit 1", .usage),
])
func aCompilerThatWasKilledBlamesNoSource(script: String, blame: Blame) async throws {
  let error = await #expect(throws: XIPKernelError.self) {
    try await Command("sh", ["-c", script]).build("init.c")
  }
  #expect(error?.blame == blame, "\(String(describing: error))")
}
