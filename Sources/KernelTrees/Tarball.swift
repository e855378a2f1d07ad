import CLibArchive
import SystemPackage

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
  struct Fault: Error {
    let reason: String
  }

  private let archive: OpaquePointer

  /// Opens the file at `path`, with any compression and flavour of tar that libarchive knows.
  init(_ path: FilePath) throws(Fault) {
    guard let archive = archive_read_new() else { throw Fault(reason: "out of memory") }
    archive_read_support_filter_all(archive)
    archive_read_support_format_tar(archive)
    guard archive_read_open_filename(archive, path.string, 1 << 18) == ARCHIVE_OK else {
      let fault = Self.fault(of: archive)
      archive_read_free(archive)
      throw fault
    }
    self.archive = archive
  }

  deinit {
    archive_read_free(archive)
  }

  /// The bytes of the compressed file read so far.
  var bytesRead: Int { Int(archive_filter_bytes(archive, -1)) }

  /// Returns the next member, or nil at the end.
  mutating func next() throws(Fault) -> Member? {
    var entry: OpaquePointer?
    let status = archive_read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    try check(status)
    guard let entry, let name = bytes(archive_entry_pathname(entry)) else {
      throw Fault(reason: "a member has no name")
    }
    let kind: Member.Kind
    if let target = bytes(archive_entry_hardlink(entry)) {
      kind = .hardLink(target: target)
    } else {
      switch archive_entry_filetype(entry) {
      case mode_t(0o100000):
        kind = .file(
          size: Int(archive_entry_size(entry)), executable: archive_entry_perm(entry) & 0o100 != 0)
      case mode_t(0o120000): kind = .link(target: bytes(archive_entry_symlink(entry)) ?? [])
      case mode_t(0o040000): kind = .directory
      default: kind = .other
      }
    }
    return Member(name: name, kind: kind, modified: Int(archive_entry_mtime(entry)))
  }

  /// Reads more of the current member's content and returns the number of bytes, 0 at its end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
    while true {
      let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
      if count == Int(ARCHIVE_RETRY) { continue }
      guard count >= 0 else { throw Self.fault(of: archive) }
      return count
    }
  }

  private static func fault(of archive: OpaquePointer) -> Fault {
    Fault(reason: archive_error_string(archive).map { String(cString: $0) } ?? "it cannot be read")
  }

  private func check(_ status: Int32) throws(Fault) {
    // A warning is about what this tool does not use, such as an owner's name in no known character set.
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw Self.fault(of: archive) }
  }
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
