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
    try await withEnoughTime { limit in
      let error = await #expect(throws: CommandError.self) {
        try await Command("sh", ["-c", stubborn]).run(limit: limit) { _ in }
      }
      guard case .timedOut(_, limit) = error else { throw try #require(error) }
      return (try? Files.read(marker))?.last == UInt8(ascii: "\n")
    }
    try await untilGone(marker)
  }
}

@Test func cancellingEndsTheWholeGroup() async throws {
  try await withTemporaryDirectory { directory in
    let marker = directory.appending("pid")
    let task = Task {
      try await Command("sh", ["-c", "echo $$ > \(marker); echo ready; sleep 600 & wait"]).run { _ in }
    }
    try await untilLine(in: marker)
    task.cancel()
    await #expect(throws: CommandError.self) { try await task.value }
    try await untilGone(marker)
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
