import CLibFuzzer

@testable import XIPKernel

/// Takes bytes for what a kernel writes to its serial port, for the log of its build, and for QEMU's log of it.
///
/// A console means the same however its bytes came in, passes markers only in order, and a boot that failed is not judged
/// to have passed. An excerpt keeps its bounds and holds nothing that a terminal acts on.
@main enum FuzzSerial {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
      return 0
    }
  }
}

private func fuzz(_ bytes: [UInt8]) {
  let whole = console(bytes, by: max(1, bytes.count))
  for size in [1, 5] {
    let other = console(bytes, by: size)
    require(
      other.markers == whole.markers && other.panic == whole.panic && other.failure == whole.failure
        && other.splat == whole.splat && other.memory == whole.memory && other.lastLine == whole.lastLine
        && other.processMemory == whole.processMemory, "another console in pieces of \(size)")
  }
  require(Array(BootMarker.allCases.prefix(whole.markers.count)) == whole.markers, "markers out of order")
  for end in [BootEnd.shutdown(reason: "guest-shutdown"), .standstill, .silence(.seconds(1))] {
    let passes = BootVerdict(whole, end) == .passed
    require(!passes || !whole.hasFailed && end == .shutdown(reason: "guest-shutdown"), "passes, by \(end)")
  }
  if let memory = whole.memory { _ = memory.reservedKiB }

  var log = BuildLog(roots: ["/w/tree", "/w"])
  for line in bytes.split(separator: UInt8(ascii: "\n")) { log.add(line) }
  for excerpt in [LogExcerpt(bytes), LogExcerpt(bytes, around: log.firstError)] {
    require(excerpt.text.utf8.count <= LogExcerpt.byteLimit, "an excerpt of \(excerpt.text.utf8.count) bytes")
    require(
      excerpt.text.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\t" || $0 == "\n" },
      "a control character")
  }
}

private func console(_ bytes: [UInt8], by size: Int) -> Console {
  var console = Console()
  var start = 0
  while start < bytes.count {
    let piece = Array(bytes[start..<min(start + size, bytes.count)])
    console.add(piece.span.bytes)
    start += size
  }
  console.finish()
  return console
}

/// Fails in a way that a release build gives the reason of.
private func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
  if !condition { fatalError(reason()) }
}
