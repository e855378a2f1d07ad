import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A socket in the file system that one program connects to.
///
/// QEMU connects as a client: a socket that is there before QEMU starts need not be waited for.
struct UnixChannel: ~Copyable {
  private let listening: Int32
  private var connection: Int32?

  /// Whether the program closed its end.
  private(set) var isClosed = false

  /// Whether the program connected, though it may be gone by now.
  var isConnected: Bool { connection != nil }

  /// What to wait for with `poll`: the program's connection, then its bytes; -1, which `poll` skips, after its end.
  var descriptor: Int32 { isClosed ? -1 : connection ?? listening }

  /// The number of the process that connected, as this one sees it; nil before that, and when it cannot be seen.
  var peer: pid_t? {
    guard let connection else { return nil }
    // `struct ucred` of socket(7), for which _GNU_SOURCE is needed in C.
    var credentials: (process: pid_t, user: uid_t, group: gid_t) = (0, 0, 0)
    var size = socklen_t(MemoryLayout.size(ofValue: credentials))
    let code = getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
    return code == 0 && credentials.process > 0 ? credentials.process : nil
  }

  /// Binds a socket to `path` and listens.
  init(_ path: FilePath) throws(FileFailure) {
    let failed = { FileFailure("make a socket at", path, Errno(rawValue: errno)) }
    listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listening >= 0 else { throw failed() }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard path.string.utf8.count < room.count else { return false }
      room.copyBytes(from: path.string.utf8)
      return true
    }
    guard fits else { throw FileFailure("make a socket at", path, .fileNameTooLong) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listening, 1) == 0 else { throw failed() }
  }

  /// Takes the connection or the bytes that `poll` told of.
  ///
  /// - Returns: The bytes: none with the connection itself, and at its end.
  mutating func receive() -> [UInt8] {
    guard let connection else {
      let accepted = accept(listening, nil, nil)
      if accepted >= 0 {
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        connection = accepted
      }
      return []
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      count = max(0, recv(connection, buffer.baseAddress, buffer.count, 0))
    }
    isClosed = bytes.isEmpty
    return bytes
  }

  /// Writes `bytes`, which are few; a program that is gone shows when it is read from.
  func write(_ bytes: [UInt8]) {
    guard let connection else { return }
    // write(2) would raise SIGPIPE.
    _ = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  deinit {
    if let connection { close(connection) }
    close(listening)
  }
}
