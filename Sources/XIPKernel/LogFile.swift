import Host
import SystemPackage

/// A file that grows with what a program writes; a failure to write is kept until the end.
struct LogFile: ~Copyable {
  private let path: FilePath
  private let file: FileDescriptor
  private var failure: Errno?

  /// Makes the file at `path` anew.
  init(_ path: FilePath) throws(FileFailure) {
    self.path = path
    do {
      file = try .open(
        path, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw FileFailure("write", path, error as? Errno ?? .ioError)
    }
  }

  /// Appends `piece`, unless writing failed before.
  mutating func append(_ piece: RawSpan) {
    guard failure == nil else { return }
    do {
      _ = try piece.withUnsafeBytes { try file.writeAll($0) }
    } catch {
      failure = error as? Errno ?? .ioError
    }
  }

  /// Throws the first failure to write, if there was one.
  borrowing func check() throws(FileFailure) {
    if let failure { throw FileFailure("write", path, failure) }
  }

  deinit {
    try? file.close()
  }
}
