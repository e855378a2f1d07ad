import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A directory that goes with the value, its path short enough for a socket in it.
struct ScratchDirectory: ~Copyable {
  /// Where it is.
  let path: FilePath

  /// Makes a directory under `TMPDIR`, or under `/tmp` where that is too long a path for a socket.
  init() throws(FileFailure) {
    let wanted = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    // sockaddr_un has 108 bytes for the path with its final zero.
    let base = wanted.utf8.count < 70 && wanted.hasPrefix("/") ? wanted : "/tmp"
    var template = Array("\(base)/xip-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileFailure("make directory", FilePath(base), Errno(rawValue: errno))
    }
    path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit {
    try? Files.remove(path)
  }
}
