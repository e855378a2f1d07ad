public import Host
import Synchronization
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// QEMU's malta board, on which kernels are booted.
public struct Machine: Hashable, Sendable {
  /// The program, such as `qemu-system-mipsel`.
  public let program: String

  /// Its version, such as `7.2.22`.
  public let version: String

  /// The RAM of the board in MiB; malta's first bank ends at 256.
  public var memory = 256

  /// Whether this build of QEMU can give up the system calls that a board needs none of.
  public var hasSandbox = false

  /// How long a boot may take.
  public var limits = Limits()

  /// The times after which a boot is given up.
  ///
  /// They go by the guest's clock, which stands still while QEMU waits for a processor, and while this machine is
  /// suspended. Where the kernel does not tell who waits, it is the host's.
  public struct Limits: Hashable, Sendable {
    /// From the start of QEMU.
    public var total: Duration
    /// From the start of the machine, or the last output of the kernel.
    public var silence: Duration
    /// From a failure on the console, or the machine's end, to the end of QEMU.
    public var afterEnd: Duration
    /// The bytes that a kernel may write to its console; a boot writes some thousands.
    public var console = 1 << 20
    /// The bytes that QEMU may write to the log of the code it translates; a boot takes some ten millions, and more where
    /// its TLB is logged.
    public var log = 1 << 30

    /// The time by the host's clock, ten times `total`, after which a boot is given up without a verdict.
    var wall: Duration { total * 10 }

    /// Makes limits; the defaults are thirty times what a boot takes on a slow machine.
    public init(
      total: Duration = .seconds(180), silence: Duration = .seconds(60), afterEnd: Duration = .seconds(5)
    ) {
      self.total = total
      self.silence = silence
      self.afterEnd = afterEnd
    }
  }

  /// The Debian package with QEMU's MIPS boards.
  public static let package = "qemu-system-mips"

  /// The oldest major version that a boot was tried with: Debian 12's.
  static let oldestVersion = 7

  /// Finds QEMU for a byte order.
  ///
  /// - Parameters:
  ///   - byteOrder: The order that the kernel is built for.
  ///   - directory: The directory of the program, or nil to look it up in `PATH`.
  /// - Returns: The board with its defaults.
  /// - Throws: `XIPKernelError` when it is missing or too old.
  public static func find(
    _ byteOrder: ByteOrder, in directory: FilePath? = nil
  ) async throws(XIPKernelError) -> Machine {
    let name = byteOrder == .little ? "qemu-system-mipsel" : "qemu-system-mips"
    let program = directory.map { $0.appending(name).string } ?? name
    let command = Command(program, ["--version"])
    guard command.resolved() != nil else { throw .programMissing(name, package: package) }
    let output = try await XIPKernelError.command { () async throws(CommandError) in
      try await command.output(limit: .seconds(20))
    }
    // `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`
    let text = String(decoding: output, as: UTF8.self)
    guard let start = text.firstRange(of: " version ") else {
      throw .programUnsuitable(name, reason: "it does not tell its version")
    }
    let version = text[start.upperBound...].prefix { $0.isNumber || $0 == "." }
    guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= oldestVersion else {
      throw .programUnsuitable(
        name, reason: "version \(version) is older than \(oldestVersion); install \(package) of Debian 12")
    }
    // A build without seccomp does not list the option, and refuses it.
    let help = try await XIPKernelError.command { () async throws(CommandError) in
      try await Command(program, ["--help"]).output(limit: .seconds(20))
    }
    return Machine(
      program: program, version: String(version),
      hasSandbox: String(decoding: help, as: UTF8.self).contains("-sandbox on"))
  }

  /// The options that keep a guest which gets hold of QEMU from starting programs or gaining rights.
  var sandbox: [String] {
    hasSandbox
      ? ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"] : []
  }
}

extension Machine {
  /// Boots a laid-out kernel from flash, and its twin from RAM, at the same time.
  ///
  /// - Parameters:
  ///   - files: Where the kernels are, and the consoles and the command lines go.
  ///   - progress: Told of each marker that the XIP kernel passes.
  /// - Returns: Both reports, when both kernels booted to power-off.
  /// - Throws: `XIPKernelError.bootFailed` with the reason when one did not; `.machineFailed` when QEMU did not
  ///   do its part.
  public func boot(_ files: KernelFiles, progress: Progress) async throws(XIPKernelError) -> Booted {
    try XIPKernelError.file { () throws(FileFailure) in try Files.makeDirectory(files.boots) }
    async let twinBoot = outcome(of: .twin, in: files, progress: .silent)
    let xip = try await boot(.xip, in: files, progress: progress)
    let twin = try await twinBoot.get()
    for (kind, report) in [(KernelKind.xip, xip), (.twin, twin)] {
      if case .failed(let reason) = report.verdict {
        let name = kind == .xip ? "the XIP kernel" : "the RAM-loaded twin"
        throw .bootFailed(kernel: name, reason: reason, console: files.console(kind))
      }
    }
    return Booted(xip: xip, twin: twin)
  }

  /// Boots one kernel and judges how it went, pass or fail; once more where the end of its console was lost.
  ///
  /// - Parameters:
  ///   - kind: The XIP kernel, from its flash image, or the twin, loaded to RAM.
  ///   - files: Where the kernel is, and the console and the command line go.
  ///   - progress: Told of each marker that passes.
  /// - Returns: What came of it.
  /// - Throws: `XIPKernelError` when QEMU, not the kernel, is at fault; `.command(.cancelled)` on cancellation.
  public func boot(
    _ kind: KernelKind, in files: KernelFiles, progress: Progress = .silent
  ) async throws(XIPKernelError) -> BootReport {
    var report = try await run(setup(kind, in: files), progress: progress).report
    for _ in 1..<Self.attempts where report.isCut {
      progress(.noted("the end of the console was lost; booting once more"))
      report = try await run(setup(kind, in: files), progress: progress).report
    }
    return report
  }

  /// How often a kernel boots whose console is cut at its end; the last time counts.
  private static let attempts = 3

  /// Starts QEMU on `setup` and follows it to its end.
  ///
  /// - Returns: What came of the boot, and the instructions it took where that was asked.
  /// - Throws: `XIPKernelError` when QEMU is at fault, also when it left a question unanswered, or was kept waiting for a
  ///   processor so long that nothing is to be said of the kernel.
  func run(
    _ setup: BootSetup, progress: Progress = .silent
  ) async throws(XIPKernelError) -> (report: BootReport, instructions: Int?) {
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    let sockets = (qmp: scratch.path.appending("qmp"), console: scratch.path.appending("console"))
    let command = Command(
      program,
      ["-S", "-display", "none"] + setup.ending
        + ["-chardev", "socket,id=qmp,path=\(sockets.qmp)", "-mon", "chardev=qmp,mode=control"]
        + ["-chardev", "socket,id=console,path=\(sockets.console)"] + setup.serialPort("console")
        + setup.board + setup.options + sandbox, inheriting: Command.impersonal)
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(Array("\(command)\n".utf8), to: setup.command)
    }
    let start = ContinuousClock.now
    let ended = try await session(sockets.qmp, sockets.console, command, setup) { marker, line in
      progress(.noted(line))
      progress(.advanced(done: marker.position, of: BootMarker.allCases.count, unit: "markers"))
    }
    var seen = ended.seen
    if setup.isConsoleReadLater {
      let written = try XIPKernelError.file { () throws(FileFailure) in
        try LogFile.cut(setup.console)
        return try Files.read(setup.console)
      }
      seen.console.add(written.span.bytes)
      seen.console.finish()
    }
    if let refusal = seen.refusal { throw .machineFailed(reason: refusal) }
    guard let end = seen.end else {
      throw .machineFailed(
        reason: ended.lastWords ?? seen.complaint ?? "it ended without telling of the machine's end")
    }
    if !seen.didConnect { throw .machineFailed(reason: "it did not connect: \(end)") }
    let report = BootReport(
      verdict: BootVerdict(seen.console, end), end: end, markers: seen.console.markers,
      memory: seen.console.memory, processMemory: seen.console.processMemory,
      seconds: (ContinuousClock.now - start).seconds,
      isCut: seen.console.unfinished != nil && !seen.console.hasFailed
        && end == .shutdown(reason: "guest-shutdown"))
    if case .failed = report.verdict, !setup.countsInstructions, end.isExcusable, seen.console.isExcusable,
      let complaint = seen.complaint
    {
      throw .machineFailed(reason: "\(end), and \(complaint)")
    }
    if case .shutdown = end, seen.answers < setup.questions.count {
      throw .machineFailed(reason: "it did not answer what it was asked about the stopped machine")
    }
    return (report, seen.instructions)
  }

  /// Becomes QEMU, with the kernel's console on this terminal; `Ctrl-A X` ends it.
  ///
  /// - Parameters:
  ///   - kind: The kernel to boot.
  ///   - files: Where it is.
  /// - Throws: `XIPKernelError` when QEMU cannot be started; otherwise this does not return.
  public func becomeInteractive(_ kind: KernelKind, in files: KernelFiles) throws(XIPKernelError) -> Never {
    let arguments =
      [program] + ["-display", "none", "-no-reboot", "-serial", "mon:stdio"]
      + setup(kind, in: files).board + sandbox
    guard let path = Command(program).resolved() else {
      throw .programMissing(program, package: Self.package)
    }
    // A child would be in a group that the terminal does not listen to.
    var pointers = arguments.map { strdup($0) } + [nil]
    execv(path.string, &pointers)
    throw .machineFailed(reason: "\(path): \(Errno(rawValue: errno))")
  }

  /// The plain boot of one of the kernels in `files`.
  private func setup(_ kind: KernelKind, in files: KernelFiles) -> BootSetup {
    BootSetup(
      source: kind == .xip ? .flash(files.biosImage) : .ram(files.vmlinux(.twin)),
      console: files.console(kind), command: files.bootCommand(kind), memoryKiB: memory * 1024)
  }

  private func outcome(
    of kind: KernelKind, in files: KernelFiles, progress: Progress
  ) async -> Result<BootReport, XIPKernelError> {
    do throws(XIPKernelError) {
      return .success(try await boot(kind, in: files, progress: progress))
    } catch {
      return .failure(error)
    }
  }

  /// Runs QEMU and the session that follows it, until both have ended.
  private func session(
    _ qmp: FilePath, _ console: FilePath, _ command: Command, _ setup: BootSetup,
    passed: @escaping @Sendable (BootMarker, String) -> Void
  ) async throws(XIPKernelError) -> (seen: BootSession.Seen, lastWords: String?) {
    let limits = limits
    let gone = try XIPKernelError.file { () throws(FileFailure) in try ClosingPair(beside: setup.console) }
    let (listening, listen) = AsyncStream<Void>.makeStream()
    let qemu = Task { () async -> Result<LastWords, CommandError> in
      // A boot that is given up before QEMU has started must not wait for one.
      defer { gone.closeWriteEnd() }
      var isListening = false
      for await _ in listening {
        isListening = true
        break
      }
      guard isListening else { return .failure(.cancelled(command)) }
      var words = LastWords()
      do throws(CommandError) {
        words.status = try await command.run { words.add($0) }
        return .success(words)
      } catch {
        return .failure(error)
      }
    }
    let followed: Result<BootSession.Seen, FileFailure> = await withTaskCancellationHandler {
      do throws(FileFailure) {
        return .success(
          try await onOwnThread { () throws(FileFailure) in
            let session = try BootSession(
              qmp: qmp, console: console, setup, limits: limits)
            listen.yield()
            return try session.follow(until: gone.readEnd, passed: passed)
          })
      } catch {
        return .failure(error)
      }
    } onCancel: {
      qemu.cancel()
    }
    listen.finish()
    let stillRuns = !gone.isClosed
    if stillRuns { qemu.cancel() }
    let completion = await qemu.value

    let seen = try XIPKernelError.file { () throws(FileFailure) in try followed.get() }
    if Task.isCancelled { throw .command(.cancelled(command)) }
    switch completion {
    case .success(let words):
      return (seen, words.text)
    case .failure(.cancelled) where stillRuns:
      return (seen, nil)
    case .failure(let error):
      throw .command(error)
    }
  }
}

/// A pair of sockets that nothing is written to: its one message is that one end closes.
private final class ClosingPair: Sendable {
  /// The end on which the closing shows.
  let readEnd: Int32
  private let writeEnd: Int32
  private let closed = Atomic(false)

  init(beside path: FilePath) throws(FileFailure) {
    var ends: [Int32] = [-1, -1]
    // Unlike a pipe, a pair of sockets is made so that no program started meanwhile holds it open.
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw FileFailure("make sockets for", path, Errno(rawValue: errno))
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  /// Whether the end was closed.
  var isClosed: Bool { closed.load(ordering: .acquiring) }

  /// Closes the end, if it is open.
  func closeWriteEnd() {
    if !closed.exchange(true, ordering: .acquiringAndReleasing) { close(writeEnd) }
  }

  deinit {
    closeWriteEnd()
    close(readEnd)
  }
}

/// The end of what QEMU writes, which may be without end.
private struct LastWords: Sendable {
  /// How QEMU ended.
  var status = Command.Status.exited(0)
  private var bytes: [UInt8] = []
  private static let limit = 1 << 14

  mutating func add(_ piece: RawSpan) {
    piece.withUnsafeBytes { bytes += $0.suffix(Self.limit) }
    if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
  }

  /// Its last line; where it has none, how it ended.
  var text: String {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    if let last = lines.last { return String(last.prefix(400)) }
    return switch status {
    case .exited(let code): "it exited with \(code)"
    case .signalled(let signal): "it was killed by signal \(signal)"
    }
  }
}

extension BootMarker {
  /// The marker's number, counted from 1.
  fileprivate var position: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
}
