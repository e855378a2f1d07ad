import CLibFuzzer
import Host

@testable import XIPKernel

/// Takes bytes for what a program says on QEMU's side of a QMP connection.
///
/// A line means the same however the bytes came in.
@main enum FuzzQMP {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      let bytes = Array(UnsafeBufferPointer(start: start, count: count))
      let whole = messages(bytes, by: max(1, bytes.count))
      for size in [1, 7] where messages(bytes, by: size) != whole {
        fatalError("other messages in pieces of \(size)")
      }
      return 0
    }
  }
}

private func messages(_ bytes: [UInt8], by size: Int) -> [QMPMessage?] {
  var lines = Lines()
  var messages: [QMPMessage?] = []
  var start = 0
  while start < bytes.count {
    let piece = Array(bytes[start..<min(start + size, bytes.count)])
    lines.add(piece.span.bytes) { messages.append(QMPMessage($0)) }
    start += size
  }
  lines.finish { messages.append(QMPMessage($0)) }
  return messages
}
