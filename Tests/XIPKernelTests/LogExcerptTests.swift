import Host
import SystemPackage
import TestSupport
import Testing
import XIPKernel

private func lines(_ range: ClosedRange<Int>) -> String {
  range.map { "line \($0)\n" }.joined()
}

@Test func theExcerptOfABuildIsAroundItsFirstError() {
  let log =
    lines(1...100) + "/w/tree/a.c:1:2: error: wrong\n  1 |  wrong\n" + lines(101...200)
    + "b.c:3: error: wrong\n"
  let kept = LogExcerpt(Array(log.utf8), around: ": error: wrong").text.split(separator: "\n")
  #expect(kept.count == LogExcerpt.lineLimit)
  #expect(kept.first == "line 93")
  #expect(kept.contains("/w/tree/a.c:1:2: error: wrong"))
  #expect(kept.last == "line 122")
}

@Test func theExcerptOfAConsoleIsItsEndWithoutWhatATerminalActsOn() {
  let log = lines(1...100) + "\u{1B}[31mKernel\u{1B}[0m panic\r\0\u{7}\n\n   \n"
  let kept = LogExcerpt(Array(log.utf8)).text.split(separator: "\n")
  #expect(kept.count == LogExcerpt.lineLimit)
  #expect(kept.last == "Kernel panic")
}

@Test(arguments: [
  [UInt8](repeating: UInt8(ascii: "x"), count: 300_000),
  Array(repeating: Array(String(repeating: "y", count: 900).utf8) + [10], count: 500).flatMap(\.self),
  [UInt8](repeating: 10, count: 100_000), [0x1B], [0x1B, UInt8(ascii: "[")], [0xFF, 10, 0xC3], [],
])
func theExcerptIsSmallWhateverTheLogHolds(log: [UInt8]) {
  let text = LogExcerpt(log, around: "nowhere").text
  #expect(text.utf8.count <= LogExcerpt.byteLimit)
  #expect(text.split(separator: "\n").count <= LogExcerpt.lineLimit)
}

@Test func aFailureThatNamesALogBringsItsExcerptAlong() async throws {
  try await withTemporaryDirectory { directory in
    let log = directory.appending("build.log")
    try Files.write(Array("x\n/w/a.c:1:2: error: wrong\ny\n".utf8), to: log)
    let failure = XIPKernelError.buildFailed(error: "a.c:1:2: error: wrong", log: log)
    #expect(failure.excerpt?.text == "x\n/w/a.c:1:2: error: wrong\ny")
    let gone = XIPKernelError.bootFailed(kernel: "xip", reason: "r", console: directory.appending("none"))
    #expect(gone.excerpt == nil)
    #expect(XIPKernelError.imageTooLarge(bytes: 2, limit: 1).excerpt == nil)
  }
}
