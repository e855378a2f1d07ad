public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A lock between processes on a file made for it, or on a directory; held until the value goes, or the process with it.
///
/// The file says who holds it, for those who wait.
public struct FileLock: ~Copyable, Sendable {
  private let descriptor: Int32
  private let isNamed: Bool

  /// Takes the lock at `path`, or returns nil while another process holds it.
  public init?(_ path: FilePath) throws(FileFailure) {
    let file = try Self.opened(path, O_RDWR | O_CREAT | O_CLOEXEC)
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let reason = Errno(rawValue: errno)
      close(file)
      guard reason == .wouldBlock else { throw FileFailure("lock", path, reason) }
      return nil
    }
    // Who cannot be named holds the lock all the same.
    let text = Array("\(Holder.current.line)\n".utf8)
    if ftruncate(file, 0) == 0 { _ = pwrite(file, text, text.count, 0) }
    descriptor = file
    isNamed = true
  }

  /// Waits for the lock on the directory at `path`; for what takes milliseconds.
  public init(waitingForDirectory path: FilePath) throws(FileFailure) {
    let directory = try Self.opened(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    while flock(directory, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      let reason = Errno(rawValue: errno)
      close(directory)
      throw FileFailure("lock", path, reason)
    }
    descriptor = directory
    isNamed = false
  }

  private static func opened(_ path: FilePath, _ flags: Int32) throws(FileFailure) -> Int32 {
    while true {
      let descriptor = path.withPlatformString { open($0, flags, 0o644) }
      if descriptor >= 0 { return descriptor }
      guard errno == EINTR else { throw FileFailure("lock", path, Errno(rawValue: errno)) }
    }
  }

  deinit {
    // The file stays: removing it would let two processes lock two files of one name. The lock is let go by name,
    // as a program that is being started holds a copy of the descriptor until it runs.
    if isNamed { _ = ftruncate(descriptor, 0) }
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

extension FileLock {
  /// The process that holds a lock, as it says itself.
  public struct Holder: Hashable, Sendable, CustomStringConvertible {
    /// Its number.
    public let process: Int32
    /// The command it runs, such as `matrix`, nil where it named none.
    public let command: String?
    /// When it took the lock, in seconds since 1970-01-01 00:00 UTC.
    public let seconds: Int

    /// Who it is, what it does and since when.
    public var description: String {
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let day = "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      let task = command.map { "`\($0)`, " } ?? ""
      return "pid \(process), \(task)since \(day) \(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
    }

    /// The process that asks.
    fileprivate static var current: Holder {
      let word = CommandLine.arguments.dropFirst().first.flatMap { isCommand($0[...]) ? $0 : nil }
      return Holder(process: getpid(), command: word, seconds: Int(time(nil)))
    }

    fileprivate var line: String { "\(process) \(seconds) \(command ?? "-")" }

    /// Reads a line that a process wrote, which another may be writing anew, or which was left by one that died.
    fileprivate init?(line: String) {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 3, let process = Int32(words[0]), process > 0, let seconds = Int(words[1]),
        (0...(1 << 40)).contains(seconds), words[2] == "-" || Self.isCommand(words[2])
      else { return nil }
      self.init(process: process, command: words[2] == "-" ? nil : String(words[2]), seconds: seconds)
    }

    private init(process: Int32, command: String?, seconds: Int) {
      (self.process, self.command, self.seconds) = (process, command, seconds)
    }

    private static func isCommand(_ word: Substring) -> Bool {
      (1...20).contains(word.utf8.count)
        && word.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-")
        }
        && word.utf8.first != UInt8(ascii: "-")
    }
  }

  /// Returns who holds the lock at `path`, as far as it can be told; only a lock that could not be had has a holder.
  ///
  /// The word of a process that is not there any more is nobody's, and so is a line that is not whole.
  public static func holder(_ path: FilePath) -> Holder? {
    guard let content = try? Files.read(path), content.count < 100, content.last == UInt8(ascii: "\n"),
      let holder = Holder(line: String(decoding: content.dropLast(), as: UTF8.self)),
      kill(holder.process, 0) == 0 || errno == EPERM
    else { return nil }
    return holder
  }
}
