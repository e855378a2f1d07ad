import CLibArchive
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A compressed tar archive, read from front to back.
///
/// Blocking: it belongs on a thread of its own.
struct Tarball: ~Copyable {
  /// One member of the archive.
  struct Member {
    enum Kind {
      case file(size: Int, executable: Bool)
      case link(target: [UInt8])
      case hardLink(target: [UInt8])
      case directory
      case other
    }

    /// Its name as it stands in the archive; names are not always UTF-8.
    let name: [UInt8]
    let kind: Kind
    /// When it was last changed, in seconds since 1970.
    let modified: Int
  }

  /// Why the archive could not be read.
  enum Fault: Error {
    /// It is not what it should be.
    case broken(reason: String)
    /// The system does not let it be read.
    case unreadable(Errno)
  }

  private let library: LibArchive
  private let archive: OpaquePointer

  /// Opens the file at `path`, with any compression and flavour of tar that libarchive knows.
  init(_ path: FilePath) throws(Fault) {
    let library = try loaded.get()
    guard let archive = library.read_new() else { throw Fault.unreadable(.noMemory) }
    _ = library.read_support_filter_all(archive)
    _ = library.read_support_format_tar(archive)
    guard library.read_open_filename(archive, path.string, 1 << 18) == ARCHIVE_OK else {
      let fault = fault(of: archive, library)
      _ = library.read_free(archive)
      throw fault
    }
    self.library = library
    self.archive = archive
  }

  deinit {
    _ = library.read_free(archive)
  }

  /// The bytes of the compressed file read so far.
  var bytesRead: Int { Int(library.filter_bytes(archive, -1)) }

  /// Returns the next member, or nil at the end.
  mutating func next() throws(Fault) -> Member? {
    var entry: OpaquePointer?
    let status = library.read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    try check(status)
    guard let entry, let name = bytes(library.entry_pathname(entry)) else {
      throw Fault.broken(reason: "a member has no name")
    }
    let kind: Member.Kind
    if let target = bytes(library.entry_hardlink(entry)) {
      kind = .hardLink(target: target)
    } else {
      switch library.entry_filetype(entry) {
      case mode_t(0o100000):
        kind = .file(
          size: Int(library.entry_size(entry)), executable: library.entry_perm(entry) & 0o100 != 0)
      case mode_t(0o120000): kind = .link(target: bytes(library.entry_symlink(entry)) ?? [])
      case mode_t(0o040000): kind = .directory
      default: kind = .other
      }
    }
    return Member(name: name, kind: kind, modified: Int(library.entry_mtime(entry)))
  }

  /// Reads more of the current member's content and returns the number of bytes, 0 at its end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
    while true {
      let count = library.read_data(archive, buffer.baseAddress, buffer.count)
      if count == Int(ARCHIVE_RETRY) { continue }
      guard count >= 0 else { throw fault(of: archive, library) }
      return count
    }
  }

  private func check(_ status: Int32) throws(Fault) {
    // A warning is about what this tool does not use, such as an owner's name in no known character set.
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw fault(of: archive, library) }
  }
}

private func fault(of archive: OpaquePointer, _ library: LibArchive) -> Tarball.Fault {
  // Beside the system's errors there are those of the format: archive.h's ARCHIVE_ERRNO_MISC, EILSEQ and EINVAL.
  let number = library.error_number(archive)
  if number > 0, number != EILSEQ, number != EINVAL { return .unreadable(Errno(rawValue: number)) }
  return .broken(reason: library.error_string(archive).map { String(cString: $0) } ?? "it cannot be read")
}

/// The library, looked for once.
private let loaded: Result<LibArchive, Tarball.Fault> = withUnsafeTemporaryAllocation(
  of: LibArchive.self, capacity: 1
) { library in
  guard let library = library.baseAddress else { return .failure(.unreadable(.noMemory)) }
  if let reason = libarchive_load(library) {
    defer { free(reason) }
    return .failure(.broken(reason: "libarchive cannot be loaded: \(String(cString: reason))"))
  }
  return .success(library.pointee)
}

private func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
  guard let text else { return nil }
  var bytes: [UInt8] = []
  var next = text
  while next.pointee != 0 {
    bytes.append(UInt8(bitPattern: next.pointee))
    next += 1
  }
  return bytes
}
