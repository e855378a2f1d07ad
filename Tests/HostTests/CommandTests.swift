import Host
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Test func aCommandReturnsWhatItWrote() async throws {
  let completion = try await Command("sh", ["-c", "echo out; echo err >&2; exit 7"]).completion()
  #expect(completion.output == Array("out\n".utf8))
  #expect(completion.errorOutput == Array("err\n".utf8))
  #expect(completion.status == .exited(7))
}

@Test func aCommandReadsItsInput() async throws {
  #expect(try await Command("cat").output(input: Array("in".utf8)) == Array("in".utf8))
}

/// What is written then has no reader, and that ends neither the tool nor the run.
@Test(arguments: ["exec <&-; echo why >&2; exit 3", "kill -9 $$", "head -c 1 >&2; exit 3"])
func aProgramNeedNotReadItsInput(script: String) async throws {
  let input = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 22)
  let completion = try await Command("sh", ["-c", script]).completion(input: input)
  #expect([.exited(3), .signalled(SIGKILL)].contains(completion.status))
}

@Test func aSignalIsToldFromAnExit() async throws {
  #expect(try await Command("sh", ["-c", "kill -TERM $$"]).completion().status == .signalled(15))
}

@Test func aMissingProgramIsNamed() async throws {
  let error = await #expect(throws: CommandError.self) { try await Command("no-such-program").output() }
  #expect(error?.description.contains("no-such-program is not installed") == true)
}

@Test func theLimitEndsTheWholeGroup() async throws {
  try await withTemporaryDirectory { directory in
    let marker = directory.appending("pid")
    let stubborn = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > \(marker); sleep 600' & wait"
    let error = await #expect(throws: CommandError.self) {
      try await Command("sh", ["-c", stubborn]).run(limit: .milliseconds(300)) { _ in }
    }
    guard case .timedOut = error else { Issue.record("\(String(describing: error))"); return }
    try await expectGone(marker)
  }
}

@Test func cancellingEndsTheWholeGroup() async throws {
  try await withTemporaryDirectory { directory in
    let marker = directory.appending("pid")
    let task = Task {
      try await Command("sh", ["-c", "echo $$ > \(marker); echo ready; sleep 600 & wait"]).run { _ in }
    }
    while !Files.exists(marker) { await Task.yield() }
    task.cancel()
    await #expect(throws: CommandError.self) { try await task.value }
    try await expectGone(marker)
  }
}

@Test func linesArePutTogetherFromPieces() {
  var lines = Lines()
  var seen: [String] = []
  for piece in ["a", "b\r\nc\n", "\n", "d"] {
    Array(piece.utf8).withUnsafeBytes { bytes in
      lines.add(bytes.bytes) { seen.append(String(decoding: $0, as: UTF8.self)) }
    }
  }
  lines.finish { seen.append(String(decoding: $0, as: UTF8.self)) }
  #expect(seen == ["ab", "c", "", "d"])
}

/// Waits until the process whose number stands in `marker` is gone (or a zombie, which its parent will reap).
private func expectGone(_ marker: FilePath) async throws {
  let text = String(decoding: try Files.read(marker), as: UTF8.self)
  let number = try #require(text.split(whereSeparator: \.isWhitespace).first)
  let deadline = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < deadline {
    guard let status = try? Files.read(FilePath("/proc/\(number)/stat")) else { return }
    if String(decoding: status, as: UTF8.self).contains(") Z ") { return }
    await Task.yield()
  }
  Issue.record("process \(number) is still there")
}
