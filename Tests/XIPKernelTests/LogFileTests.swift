import Host
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

private func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// Returns the log of `lines` numbered lines of ten bytes, written in pieces of `size` bytes.
private func log(_ lines: Int, pieces size: Int, part: Int) async throws -> (log: String, most: Int) {
  try await withTemporaryDirectory { directory in
    let path = directory.appending("log")
    var file = try LogFile(path, part: part)
    var rest = (0..<lines).flatMap { Array(String($0 + 100_000_000).utf8) + [UInt8(ascii: "\n")] }[...]
    var most = 0
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      file.append(piece.span.bytes)
      most = max(most, Files.size(path) ?? 0)
      rest = rest.dropFirst(size)
    }
    try file.check()
    return (text(try Files.read(path)), most)
  }
}

@Test(arguments: [1, 7, 100, 999, 5000])
func aLogKeepsItsFirstPartAndItsLast(size: Int) async throws {
  let lines = 2000
  let (log, most) = try await log(lines, pieces: size, part: 1000)
  #expect(most < 3100 + size)
  #expect(log.hasPrefix("100000000\n100000001\n"))
  #expect(log.hasSuffix("100001998\n100001999\n"))
  let words = " bytes are left out here]\n"
  let line = try #require(log.split(separator: "\n").first { $0.hasSuffix(words.dropLast()) })
  let left = try #require(
    Int(line.dropFirst("[xip-rebase:".count).dropLast(words.count - 1).drop { $0 == " " }))
  // What is there and what is said to be missing is all there was.
  #expect(left + log.utf8.count - (line.utf8.count + 2) == lines * 10)
  let start = try #require(log.firstRange(of: "\n[xip-rebase:")?.lowerBound)
  #expect(log[..<start].utf8.count == 1000)
}

@Test func aShortLogIsWhole() async throws {
  let (log, _) = try await log(300, pieces: 11, part: 1000)
  #expect(log.utf8.count == 3000 && !log.contains("left out"))
}

@Test func aFileThatAnotherProgramWroteIsCutAlike() async throws {
  try await withTemporaryDirectory { directory in
    let path = directory.appending("log")
    try Files.write(Array(repeating: UInt8(ascii: "x"), count: 5000) + [UInt8(ascii: "y")], to: path)
    try LogFile.cut(path, part: 1000)
    let log = text(try Files.read(path))
    #expect(log.hasPrefix(String(repeating: "x", count: 1000) + "\n"))
    #expect(log.contains(" 3001 bytes are left out here]\n") && log.hasSuffix("xy"))
    try LogFile.cut(path, part: 1000)
    #expect(text(try Files.read(path)) == log)
  }
}
