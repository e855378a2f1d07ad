import TestSupport
import Testing

@testable import XIPKernel

private let poweredOff = BootEnd.shutdown(reason: "guest-shutdown")

private func console(_ text: String, pieces: Int = .max) -> Console {
  var console = Console()
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let piece = Array(rest.prefix(pieces))
    console.add(piece.span.bytes)
    rest = rest.dropFirst(piece.count)
  }
  console.finish()
  return console
}

private func failure(_ text: String, _ end: BootEnd = poweredOff) -> String? {
  guard case .failed(let reason) = BootVerdict(console(text), end) else { return nil }
  return reason
}

@Test(arguments: [1, 2, 7, 64, 4096])
func aGoodBootPassesInPiecesOfAnySize(size: Int) {
  let seen = console(goodBoot, pieces: size)
  #expect(BootVerdict(seen, poweredOff) == .passed)
  #expect(seen.markers == BootMarker.allCases)
  #expect(seen.memory?.availableKiB == 257952)
  #expect(seen.memory?.reservedKiB == 3680)
  #expect(seen.processMemory?.availableKiB == 242264)
}

@Test func theMemoryLineIsReadWithItsParts() throws {
  let line =
    "Memory: 254688K/262144K available (2384K kernel code, 178K rwdata, 6944K reserved, 0K cma-reserved)"
  let memory = try #require(MemoryLine(line))
  #expect(memory.totalKiB == 262144)
  #expect(
    memory.partsKiB == ["kernel code": 2384, "rwdata": 178, "reserved": 6944, "cma-reserved": 0])
}

@Test(arguments: [
  "Memory: ", "Memory: 1K/2K available", "Memory: K/2K available (1K x)", "Memory: 1K/2K available (1K x",
  "Memory: 1K/2K available ()", "Memory: 99999999999999999999K/2K available (1K x)",
])
func aBrokenMemoryLineIsNone(line: String) {
  #expect(MemoryLine(line) == nil)
}

@Test func aMarkerThatAKernelLineCutIsPutTogether() {
  let cut = goodBoot.replacing(
    "xip-init: pass", with: "xip-in[    1.400000] random: crng init done\r\nit: pass")
  #expect(cut != goodBoot)
  #expect(BootVerdict(console(cut), poweredOff) == .passed)
}

@Test(arguments: ["xip-init: pass", "xip-in"])
func aMarkerThatTheLastKernelLineCutComesBeforeThatLine(start: String) {
  let end = "xip-init: pass".dropFirst(start.count)
  let cut = goodBoot.replacing(
    "xip-init: pass\r\n[    1.500000] reboot: Power down\r\n",
    with: "\(start)[    1.500000] reboot: Power down\r\n\(end)\r\n")
  #expect(cut != goodBoot)
  #expect(BootVerdict(console(cut), poweredOff) == .passed)
}

@Test func aPanicIsTheReasonWithWhatCameBefore() {
  let text = goodBoot.replacing(
    "xip-init: pass",
    with:
      "[    1.0] CPU 0 Unable to handle kernel paging request at virtual address 00000000, epc == 9e01\r\n"
      + "[    1.1] Kernel panic - not syncing: Fatal exception")
  #expect(
    failure(text, .shutdown(reason: "guest-reset"))
      == "Kernel panic - not syncing: Fatal exception, after: "
      + "CPU 0 Unable to handle kernel paging request at virtual address 00000000, epc == 9e01")
}

@Test(arguments: [
  "WARNING: CPU: 0 PID: 1 at mm/slub.c:1 f+0x1/0x2", "Oops[#1]:", "Kernel bug detected[#1]:",
  "BUG: sleeping function called from invalid context", "Call Trace:",
  "rcu: INFO: rcu_preempt self-detected stall",
  "Data bus error, epc == 9e001000, ra == 9e001000",
])
func whatTheKernelSaysAboutItselfFailsABootThatGoesOn(line: String) {
  #expect(
    failure(goodBoot.replacing("[    0.410000] This arch", with: "[    0.41] \(line)\r\nThis arch")) == line)
}

@Test func theFirstProcessAndTheShimTellTheirOwnFailures() {
  let text = goodBoot.replacing("xip-init: pass", with: "xip-init: FAIL fork: -11")
  #expect(failure(text) == "xip-init: FAIL fork: -11")
  #expect(
    failure("\r\nshim: exception at boot vector 0x380: Cause 0x8\r\n", .silence(.seconds(60)))
      == "shim: exception at boot vector 0x380: Cause 0x8")
}

@Test func aMarkerOutOfOrderDoesNotCount() {
  let text = goodBoot.replacing("Freeing unused kernel", with: "Keeping unused kernel")
  #expect(failure(text)?.hasPrefix("no `Freeing unused kernel` after `Memory:`: ") == true)
}

@Test func aHangIsNamedByTheMarkerThatDidNotCome() {
  let text = String(goodBoot.prefix { $0 != "x" }) + "half a li"
  let reason = failure("[    0.0] Linux version 6\r\nstuck he", .silence(.seconds(60)))
  #expect(
    reason
      == "no `Memory:` after `Linux version`: the console was silent for 60 s; the last line is `stuck he`")
  #expect(failure(text, .timeLimit(.seconds(180)))?.contains("not done after 180 s") == true)
  #expect(failure("", .silence(.seconds(60))) == "no `Linux version` at all: the console was silent for 60 s")
}

@Test func aResetAfterAllMarkersIsNoPowerOff() {
  #expect(
    failure(goodBoot, .shutdown(reason: "guest-reset"))
      == "every marker passed, but the machine was not switched off: the kernel reset the machine")
}

@Test(arguments: 0..<20)
func noBytesTrapTheConsole(seed: UInt64) {
  var generator = SplitMix64(state: seed)
  let alphabet = Array("[] .0123456789\n\r\0Memory: K/()xip-init: FAIL".utf8) + [0xff, 0xc3]
  var seen = Console()
  for _ in 0..<50 {
    let piece = (0..<40).compactMap { _ in alphabet.randomElement(using: &generator) }
    seen.add(piece.span.bytes)
  }
  seen.finish()
  #expect(BootVerdict(seen, .silence(.seconds(1))) != .passed)
}
