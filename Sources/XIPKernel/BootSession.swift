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
    /// The instructions until the machine stopped, when that was asked for.
    var instructions: Int?
    /// How many of the questions about the stopped machine were answered.
    var answers = 0
  }

  private var qmp: UnixChannel
  private var console: UnixChannel
  private var log: LogFile
  private let limits: Machine.Limits
  private let clock = ContinuousClock()
  private let timeLimit: ContinuousClock.Instant
  private var silenceLimit: ContinuousClock.Instant
  /// When to stop waiting for a machine that has no more to say, and what came of it then.
  private var stop: (at: ContinuousClock.Instant, end: BootEnd)?
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
  /// How much of it is read at a time: what is written faster than it is read has no end.
  private static let look = 1 << 20
  /// When to look next how large the files have become that QEMU writes.
  private var nextWeighing: ContinuousClock.Instant
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
    let now = clock.now
    timeLimit = now + limits.total
    // A machine that has not started yet is not silent, and QEMU may take its time on a busy host.
    silenceLimit = timeLimit
    (enough, consoleFile) = (setup.enough, setup.console)
    watch = setup.instructionLimit.map { InstructionWatch(limit: $0, now: now) }
    nextWeighing = now
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
    var qemuIsGone = false
    while !(qmp.isClosed || !qmp.isConnected && qemuIsGone)
      || !(console.isClosed || !console.isConnected && qemuIsGone)
    {
      let now = clock.now
      let deadline = min(timeLimit, silenceLimit, stop?.at ?? timeLimit)
      let isWatched = isStarted && stop == nil && watch != nil
      if isWatched { look(at: now) }
      guard now < deadline, seen.refusal == nil else {
        seen.end = seen.end ?? end(at: now)
        break
      }
      var waiting = [qmp.descriptor, console.descriptor, qemuIsGone ? -1 : gone].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      var next = isWatched ? min(deadline, watch?.next ?? deadline) : deadline
      if !weighed.isEmpty, stop == nil {
        weigh(at: now)
        next = min(next, nextWeighing)
      }
      let milliseconds = min((next - now).seconds * 1000 + 1, 60_000)
      guard poll(&waiting, nfds_t(waiting.count), Int32(milliseconds)) > 0 else { continue }
      if waiting[0].revents != 0 { readQMP() }
      if waiting[1].revents != 0 { readConsole(passed) }
      if waiting[2].revents != 0 { qemuIsGone = true }
    }
    if seen.end == nil, seen.refusal == nil, !qemuIsGone {
      // It closed its sockets without a word; its last words come with its end.
      var ending = pollfd(fd: gone, events: Int16(POLLIN), revents: 0)
      poll(&ending, 1, Int32(limits.silence.seconds * 1000))
    }
    seen.console.finish(passed: passed)
    seen.didConnect = qmp.isConnected && console.isConnected
    try log.check()
    return seen
  }

  /// Ends a boot of which QEMU writes more to a file than it may, when it is time to look.
  private mutating func weigh(at now: ContinuousClock.Instant) {
    guard now >= nextWeighing else { return }
    nextWeighing = now + .milliseconds(250)
    for (file, limit) in weighed where (Files.size(file) ?? 0) > limit { stop = (now, .flood(limit)) }
  }

  /// Looks at the console's file and, by its instructions, at the machine, when that is due.
  private mutating func look(at now: ContinuousClock.Instant) {
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

  /// The end of a boot that a limit ended.
  private func end(at now: ContinuousClock.Instant) -> BootEnd? {
    if let stop, now >= stop.at { return stop.end }
    if now >= timeLimit { return .timeLimit(limits.total) }
    return now >= silenceLimit ? .silence(limits.silence) : nil
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
