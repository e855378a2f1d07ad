import Host
import SystemPackage
import Testing

/// Waits until the process whose number stands in `file` is gone, or a zombie that its parent will reap.
func expectGone(_ file: FilePath) async throws {
  let number = try #require(try read(file).split(whereSeparator: \.isWhitespace).first)
  let deadline = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < deadline {
    guard let status = try? read(FilePath("/proc/\(number)/stat")) else { return }
    if status.contains(") Z ") { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record("process \(number) is still there")
}
