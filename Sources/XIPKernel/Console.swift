/// What a booting kernel writes to its serial console, taken in as it comes.
///
/// The console is not text: it has zero bytes from before the port was set up, carriage returns, and a process's
/// line in two parts when the kernel wrote one of its own in between.
public struct Console: Sendable {
  /// The markers that passed, in order.
  public private(set) var markers: [BootMarker] = []

  /// The kernel's account of its memory, once it was printed.
  public private(set) var memory: MemoryLine?

  /// The memory that the first process found, once it was printed.
  public private(set) var processMemory: ProcessMemory?

  /// The line that says that the kernel panicked.
  public private(set) var panic: String?

  /// The line with which the first process or the shim says that something failed.
  public private(set) var failure: String?

  /// The last line before the kernel began anew, without the board's reset, which would have ended the boot.
  public private(set) var restart: String?

  /// The first line of an oops, a BUG, a warning or a call trace.
  public private(set) var splat: String?

  /// The part of a process's line that a line of the kernel's cut, and that never went on.
  public private(set) var unfinished: String?

  /// The last line that was not blank.
  public private(set) var lastLine: String?

  /// The most bytes of a line that are looked at, and the most lines that are kept for one that was cut: a kernel that
  /// never ends its line takes no memory.
  private static let lineLimit = 1 << 14
  private static let betweenLimit = 64
  /// The most characters of a line that a reason quotes.
  private static let reasonLimit = 400

  private var line: [UInt8] = []
  /// The part of a process's line before a line of the kernel's that cut it.
  private var cut: [UInt8] = []
  /// The kernel's lines since then, which may hold a marker that is due after the one in the cut line.
  private var between: [String] = []

  /// Makes a console that nothing was written to.
  public init() {}

  /// Whether something was seen after which the boot cannot pass.
  public var hasFailed: Bool { panic != nil || failure != nil || splat != nil || restart != nil }

  /// Whether a good kernel can write this where QEMU is kept waiting for a processor.
  ///
  /// Nothing went wrong then, but that a watchdog found something to take too long.
  var isExcusable: Bool {
    panic == nil && failure == nil && restart == nil
      && (splat.map { splat in Self.watchdogs.contains { splat.hasPrefix($0) } } ?? true)
  }

  /// How the reports of kernel/rcu/tree_stall.h and kernel/hung_task.c begin.
  private static let watchdogs = ["INFO: task ", "rcu: INFO: "]

  /// Takes the next bytes.
  ///
  /// - Parameters:
  ///   - piece: Bytes as they came; they need not end where lines do.
  ///   - passed: Called with each marker that the bytes complete, and the line it is in.
  public mutating func add(_ piece: RawSpan, passed: (BootMarker, String) -> Void = { _, _ in }) {
    for index in 0..<piece.byteCount {
      let byte = piece.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      switch byte {
      case UInt8(ascii: "\n"): endLine(passed)
      case 0, UInt8(ascii: "\r"): break
      case _ where line.count >= Self.lineLimit: break
      default: line.append(byte)
      }
    }
  }

  /// Takes what stands behind the last line feed for a line.
  public mutating func finish(passed: (BootMarker, String) -> Void = { _, _ in }) {
    let isTheKernels = Self.timestamp(in: line) != nil
    if isTheKernels { endLine(passed) }
    if line.isEmpty, !cut.isEmpty {
      unfinished = String(decoding: cut.prefix(Self.reasonLimit), as: UTF8.self)
    }
    endLine(passed)
  }

  private mutating func endLine(_ passed: (BootMarker, String) -> Void) {
    if let start = Self.timestamp(in: line) {
      if start > line.startIndex, cut.count < Self.lineLimit { cut += line[..<start] }
      let text = String(decoding: line[start...], as: UTF8.self)
      judge(text, passed)
      if !cut.isEmpty, between.count < Self.betweenLimit { between.append(Self.message(of: text)) }
    } else {
      let whole = cut + line
      cut = []
      judge(String(decoding: whole, as: UTF8.self), passed)
      for text in between { passMarker(in: text, passed) }
      between = []
    }
    line = []
  }

  /// Returns where a kernel line begins: at `[`, blanks, digits, a point, six digits, `]` and a blank.
  private static func timestamp(in line: [UInt8]) -> Int? {
    var start = line.startIndex
    while let bracket = line[start...].firstIndex(of: UInt8(ascii: "[")) {
      var rest = line[(bracket + 1)...].drop { $0 == UInt8(ascii: " ") }
      let seconds = rest.prefix { isDigit($0) }
      rest = rest[seconds.endIndex...]
      if !seconds.isEmpty, rest.first == UInt8(ascii: "."),
        rest.dropFirst().prefix(while: isDigit).count == 6,
        rest.dropFirst(7).starts(with: Array("] ".utf8))
      {
        return bracket
      }
      start = bracket + 1
    }
    return nil
  }

  private mutating func judge(_ line: String, _ passed: (BootMarker, String) -> Void) {
    // What is judged stands at the start of a line, and a reason is to be read.
    let text = String(Self.message(of: line).prefix(Self.reasonLimit))
    guard !text.allSatisfy(\.isWhitespace) else { return }
    if !markers.isEmpty, text.hasPrefix(BootMarker.banner.rawValue) { restart = restart ?? lastLine ?? text }
    lastLine = text
    passMarker(in: text, passed)
    memory = memory ?? MemoryLine(text)
    processMemory = processMemory ?? ProcessMemory(text)

    if text.hasPrefix("Kernel panic - not syncing") {
      panic = panic ?? text
    } else if text.hasPrefix("xip-init: FAIL") || text.hasPrefix("shim: ") {
      failure = failure ?? text
    } else if Self.isSplat(text) {
      splat = splat ?? text
    }
  }

  /// Takes the marker that is due, if `text` begins with it.
  private mutating func passMarker(in text: String, _ passed: (BootMarker, String) -> Void) {
    guard markers.count < BootMarker.allCases.count else { return }
    let next = BootMarker.allCases[markers.count]
    if text.hasPrefix(next.rawValue) {
      markers.append(next)
      passed(next, text)
    }
  }

  /// Returns the line without its timestamp.
  private static func message(of line: String) -> String {
    guard line.hasPrefix("["), let end = line.firstRange(of: "] ") else { return line }
    return String(line[end.upperBound...])
  }

  /// Whether a line says that the kernel found itself broken.
  private static func isSplat(_ text: String) -> Bool {
    // The words of lib/bug.c, kernel/panic.c, mm and the watchdogs, and of arch/mips/kernel/traps.c and mm/fault.c.
    let starts = [
      "WARNING: ", "BUG: ", "kernel BUG at ", "Kernel bug detected", "Oops", "Call Trace:",
      "Internal error: ",
      "Unhandled kernel unaligned access", "Reserved instruction in kernel", "Cache error exception",
      "Machine Check exception", "Kernel unaligned instruction access",
      "Unexpected exception", "Caught unexpected ", "Caught Machine Check ",
    ]
    return (starts + watchdogs).contains { text.hasPrefix($0) } || text.contains("Unable to handle kernel ")
      || text.contains(" bus error, epc ") || text.contains("scheduling while atomic")
  }
}

private func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
