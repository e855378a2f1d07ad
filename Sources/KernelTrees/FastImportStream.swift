import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The commands of `git fast-import`, gathered in a large buffer and written to its pipe.
struct FastImportStream: ~Copyable {
  private let pipe: FileDescriptor
  private let buffer: UnsafeMutableRawBufferPointer
  private var used = 0

  /// Writes to `pipe`, which it closes at its end.
  init(pipe: FileDescriptor) {
    self.pipe = pipe
    buffer = .allocate(byteCount: 1 << 20, alignment: 16)
    // The larger pipe lets decoding run on while git compresses.
    _ = fcntl(pipe.rawValue, setPipeSize, 1 << 20)
  }

  deinit {
    buffer.deallocate()
    try? pipe.close()
  }

  /// Writes `text`.
  mutating func write(_ text: String) throws(Errno) {
    try write(Array(text.utf8))
  }

  /// Writes `bytes`.
  mutating func write(_ bytes: [UInt8]) throws(Errno) {
    var start = 0
    while start < bytes.count {
      if used == buffer.count { try flush() }
      let count = min(bytes.count - start, buffer.count - used)
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[used...])
      bytes.withUnsafeBytes { room.copyMemory(from: .init(rebasing: $0[start..<start + count])) }
      used += count
      start += count
    }
  }

  /// Has `fill` put up to `limit` bytes into the buffer; returns how many it put there.
  mutating func write<Failure>(
    atMost limit: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[used..<min(buffer.count, used + limit)])
    let count = try fill(room)
    used += count
    return count
  }

  /// Whether the buffer has no room left.
  var isFull: Bool { used == buffer.count }

  /// Writes a path as the last word of a command.
  mutating func write(path: [UInt8]) throws(Errno) {
    guard path.first == UInt8(ascii: "\"") || path.contains(UInt8(ascii: "\n")) else {
      return try write(path)
    }
    var quoted = [UInt8(ascii: "\"")]
    for byte in path {
      switch byte {
      case UInt8(ascii: "\n"): quoted += "\\n".utf8
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += [UInt8(ascii: "\\"), byte]
      default: quoted.append(byte)
      }
    }
    try write(quoted + [UInt8(ascii: "\"")])
  }

  /// Hands what is in the buffer to git.
  mutating func flush() throws(Errno) {
    var start = 0
    while start < used {
      do {
        start += try pipe.write(UnsafeRawBufferPointer(rebasing: buffer[start..<used]))
      } catch {
        throw error as? Errno ?? .ioError
      }
    }
    used = 0
  }
}

/// `F_SETPIPE_SZ` of `linux/fcntl.h`, which the C library shows to GNU programs only.
private let setPipeSize: Int32 = 1031
