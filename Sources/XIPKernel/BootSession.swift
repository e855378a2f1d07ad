import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One boot seen over QEMU's two sockets: starts the machine over QMP, reads the console, says how it ended.
///
/// It waits in `poll` for both and for the end of QEMU, of which a pipe tells by closing; so it needs a thread of
/// its own.
struct BootSession: ~Copyable {
  /// What a session saw.
  struct Seen: Sendable {
    /// What the kernel wrote.
    var console = Console()
    /// How the machine ended; nil when QEMU went without a word about it.
    var end: BootEnd?
    /// What QEMU said when it refused a command.
    var refusal: String?
    /// Whether QEMU connected to both sockets.
    var didConnect = false
    /// What is to be said of this machine, when it kept QEMU waiting for most of the time.
    var complaint: String?
    /// The instructions until the machine stopped, when that was asked for.
    var instructions: Int?
    /// How many of the questions about the stopped machine were answered.
    var answers = 0
  }

  private var qmp: UnixChannel
  private var console: UnixChannel
  private var log: LogFile
  private let limits: Machine.Limits
  private let host: HostTime
  private let start: Duration
  /// The guest's time, by which the limits go.
  private var clock = GuestClock()
  private var silenceLimit: Duration
  /// When to stop waiting for a machine that has no more to say, and what came of it then.
  private var stop: (at: Duration, end: BootEnd)?
  private var isStarted = false
  /// What is still to be asked of the stopped machine, before QEMU may go.
  private var questions: ArraySlice<[UInt8]>
  /// Whether QEMU owes an answer to one of them.
  private var isAsking = false
  private var lines = Lines()
  private var seen = Seen()
  /// The watch on the instructions, where there is a limit to them.
  private var watch: InstructionWatch?
  /// The marker that is enough for a watched boot.
  private let enough: BootMarker?
  /// The file that QEMU writes a watched boot's console to, and how much of it was read.
  private let consoleFile: FilePath
  private var seenOfFile = 0
  /// The longest time between two looks at the clock.
  private static let interval = Duration.milliseconds(250)
  /// How much of it is read at a time: what is written faster than it is read has no end.
  private static let look = 1 << 20
  /// When, by the host's time, to look next how large the files have become that QEMU writes.
  private var nextWeighing = Duration.zero
  /// Those files, and the bytes that each may have.
  private let weighed: [(file: FilePath, limit: Int)]
  /// How much came over the console's socket.
  private var received = 0

  /// Listens on the sockets at two paths.
  ///
  /// - Parameters:
  ///   - qmp: The path of QMP's socket.
  ///   - console: The path of the serial console's socket.
  ///   - setup: What is booted: its log gets every byte of the console as it came, its questions are put to QEMU one
  ///     after the other when the machine has stopped.
  ///   - limits: When to give up.
  /// - Throws: `FileFailure` when a socket or the log cannot be made.
  init(
    qmp: FilePath, console: FilePath, _ setup: BootSetup, limits: Machine.Limits
  ) throws(FileFailure) {
    let qmp = try UnixChannel(qmp)
    let console = try UnixChannel(console)
    let log = try LogFile(setup.console)
    self.qmp = qmp
    self.console = console
    self.log = log
    self.limits = limits
    questions = setup.questions[...]
    host = setup.host
    start = host.now()
    // A machine that has not started yet is not silent, and QEMU may take its time on a busy host.
    silenceLimit = limits.total
    (enough, consoleFile) = (setup.enough, setup.console)
    watch = setup.instructionLimit.map { InstructionWatch(limit: $0, now: .zero) }
    weighed =
      (setup.isConsoleReadLater ? [(setup.console, limits.console)] : [])
      + (setup.log.map { [($0, limits.log)] } ?? [])
  }

  /// Follows the boot to its end.
  ///
  /// - Parameters:
  ///   - gone: The end of a pipe that closes when QEMU has ended.
  ///   - passed: Called with each marker and the line it is in.
  /// - Returns: What was seen.
  /// - Throws: `FileFailure` when the log could not be written.
  consuming func follow(
    until gone: Int32, passed: (BootMarker, String) -> Void
  ) throws(FileFailure) -> Seen {
    var (qemuIsGone, isOver) = (false, false)
    while !(qmp.isClosed || !qmp.isConnected && qemuIsGone)
      || !(console.isClosed || !console.isConnected && qemuIsGone)
    {
      var waiting = [qmp.descriptor, console.descriptor, qemuIsGone ? -1 : gone].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      let ready = poll(&waiting, nfds_t(waiting.count), Int32(pause.seconds * 1000) + 1) > 0
      let process = qemuIsGone ? nil : qmp.peer
      clock.move(to: host.now() - start) { process.flatMap(host.threads) }
      // What came in before a limit was seen to have passed came in time.
      if ready {
        if waiting[0].revents != 0 { readQMP() }
        if waiting[1].revents != 0 { readConsole(passed) }
        if waiting[2].revents != 0 { qemuIsGone = true }
      }
      if isStarted, stop == nil { look() }
      if !weighed.isEmpty, stop == nil { weigh() }
      isOver = seen.refusal != nil || hasPassedLimit()
      if isOver { break }
    }
    if seen.end == nil, !isOver, !qemuIsGone {
      // It closed its sockets without a word; its last words come with its end.
      var ending = pollfd(fd: gone, events: Int16(POLLIN), revents: 0)
      poll(&ending, 1, Int32(limits.silence.seconds * 1000))
    }
    seen.console.finish(passed: passed)
    seen.complaint = clock.complaint
    seen.didConnect = qmp.isConnected && console.isConnected
    try log.check()
    return seen
  }

  /// How long to wait for bytes before time and limits are looked at again.
  private var pause: Duration {
    var next = min(limits.total, silenceLimit, stop?.at ?? limits.total)
    if isStarted, stop == nil, let watch { next = min(next, watch.next) }
    // Looks are taken all the time: the clock has to know who waited when a limit has passed.
    return max(.zero, min(next - clock.now, Self.interval))
  }

  /// Ends a boot of which QEMU writes more to a file than it may, when it is time to look.
  private mutating func weigh() {
    guard clock.elapsed >= nextWeighing else { return }
    nextWeighing = clock.elapsed + .milliseconds(250)
    for (file, limit) in weighed where (Files.size(file) ?? 0) > limit { stop = (clock.now, .flood(limit)) }
  }

  /// Looks at the console's file and, by its instructions, at the machine, when that is due.
  private mutating func look() {
    let now = clock.now
    guard let watch, now >= watch.next, let look = self.watch?.look(at: now) else { return }
    if look.asks { qmp.write(InstructionWatch.question) }
    if let end = look.end { stop = (now, end) }
    // A kernel that panics early cannot reset the board, and QEMU 7.2 does not answer when its processor waits then.
    if var fresh = try? Files.read(consoleFile, from: seenOfFile, atMost: Self.look), !fresh.isEmpty {
      fresh.removeLast(fresh.count - (fresh.lastIndex(of: UInt8(ascii: "\n")) ?? -1) - 1)
      seenOfFile += fresh.count
      seen.console.add(fresh.span.bytes)
    }
    if let enough, seen.console.markers.contains(enough) {
      stop = (now, .reached(enough))
    } else if seen.console.hasFailed {
      stop = (now + limits.afterEnd, .stoppedAfterFailure)
    }
  }

  /// Returns whether a limit has passed, of which the boot has its end; without one where the time was this machine's.
  private mutating func hasPassedLimit() -> Bool {
    let now = clock.now
    let isLate = clock.elapsed >= limits.wall
    if let stop, now >= stop.at || isLate {
      seen.end = seen.end ?? stop.end
    } else if now >= limits.total {
      seen.end = seen.end ?? .timeLimit(limits.total)
    } else if now >= silenceLimit {
      seen.end = seen.end ?? .silence(limits.silence)
    } else {
      return isLate
    }
    return true
  }

  private mutating func readQMP() {
    let piece = qmp.receive()
    var messages: [QMPMessage] = []
    lines.add(piece.span.bytes) { line in
      QMPMessage(line).map { messages.append($0) }
    }
    for message in messages {
      switch message {
      case .greeting:
        qmp.write(QMPMessage.execute("qmp_capabilities"))
      case .returned where !isStarted:
        isStarted = true
        silenceLimit = clock.now + limits.silence
        qmp.write(QMPMessage.execute("cont"))
      case .refused(let reason):
        seen.refusal = seen.refusal ?? reason
      case .shutdown(let reason):
        // The first reason counts: QEMU gives another when it is told to quit. It ends by itself now.
        seen.end = seen.end ?? .shutdown(reason: reason)
        stop = (clock.now + limits.afterEnd, .shutdown(reason: reason))
        if seen.answers == 0 { ask() }
      case .counted(let instructions) where watch?.isOwed ?? false:
        if let end = watch?.judge(instructions), stop == nil { stop = (clock.now, end) }
      case .counted(let instructions):
        seen.instructions = instructions
        seen.answers += 1
        ask()
      case .returned where isAsking:
        seen.answers += 1
        ask()
      case .returned, .event: break
      }
    }
  }

  /// Gives QEMU the next command; after the last one QEMU, which pauses for them, is told to go.
  private mutating func ask() {
    if let question = questions.popFirst() {
      isAsking = true
      qmp.write(question)
    } else if isAsking {
      isAsking = false
      qmp.write(QMPMessage.execute("quit"))
    }
  }

  private mutating func readConsole(_ passed: (BootMarker, String) -> Void) {
    let piece = console.receive()
    log.append(piece.span.bytes)
    seen.console.add(piece.span.bytes, passed: passed)
    received += piece.count
    if received > limits.console, stop == nil { stop = (clock.now, .flood(limits.console)) }
    silenceLimit = clock.now + limits.silence
    if seen.console.hasFailed, stop == nil {
      stop = (clock.now + limits.afterEnd, .stoppedAfterFailure)
    }
  }
}
