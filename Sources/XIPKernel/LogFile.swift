import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that grows with what a program writes; a failure to write is kept until the end.
///
/// Of what is larger than two parts the first part and the last stay, with a line between them that tells how many bytes
/// were left out: a program that never stops writing fills no disk, and both how it began and how it ended can be read.
struct LogFile: ~Copyable {
  private let path: FilePath
  private let file: FileDescriptor
  private let part: Int
  private var failure: Errno?
  /// How many bytes the file has.
  private var size = 0
  /// How many bytes were left out between its parts.
  private var omitted = 0

  /// The bytes of each of the two parts, where nothing else is said.
  static let part = 1 << 20

  /// Makes the file at `path` anew.
  ///
  /// - Parameters:
  ///   - path: Where the file goes.
  ///   - part: The bytes that each of the two parts may have; between writes the last has up to twice as many.
  /// - Throws: `FileFailure` when it cannot be made.
  init(_ path: FilePath, part: Int = LogFile.part) throws(FileFailure) {
    self.path = path
    self.part = part
    do {
      file = try .open(
        path, .readWrite, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw FileFailure("write", path, error as? Errno ?? .ioError)
    }
  }

  /// Appends `piece`, unless writing failed before.
  mutating func append(_ piece: RawSpan) {
    guard failure == nil else { return }
    do {
      _ = try piece.withUnsafeBytes { try file.writeAll(toAbsoluteOffset: Int64(size), $0) }
      size += piece.byteCount
      if size > 3 * part + Self.cutSize { try cut() }
    } catch {
      failure = error as? Errno ?? .ioError
    }
  }

  /// Throws the first failure to write, if there was one.
  borrowing func check() throws(FileFailure) {
    if let failure { throw FileFailure("write", path, failure) }
  }

  /// Leaves of the file at `path`, which another program wrote, the parts that a log keeps.
  static func cut(_ path: FilePath, part: Int = LogFile.part) throws(FileFailure) {
    guard let size = Files.size(path), size > 3 * part + cutSize else { return }
    let first = try Files.read(path, from: 0, atMost: part)
    let last = try Files.read(path, from: size - part, atMost: part)
    try Files.write(first + cutLine(size - 2 * part) + last, to: path)
  }

  /// Leaves out what stands between the first part and the last.
  private mutating func cut() throws {
    var last = [UInt8](repeating: 0, count: part)
    let count = try last.withUnsafeMutableBytes { buffer in
      var done = 0
      while done < buffer.count {
        let read = try file.read(
          fromAbsoluteOffset: Int64(size - part + done),
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
        if read == 0 { break }
        done += read
      }
      return done
    }
    // What was cut before had its line between the parts.
    omitted += size - 2 * part - (omitted == 0 ? 0 : Self.cutSize)
    let rest = Self.cutLine(omitted) + last.prefix(count)
    _ = try rest.withUnsafeBytes { try file.writeAll(toAbsoluteOffset: Int64(part), $0) }
    size = part + rest.count
    guard ftruncate(file.rawValue, off_t(size)) == 0 else { throw Errno(rawValue: errno) }
  }

  /// The line between the parts; always as long, so that the last part keeps its place.
  private static func cutLine(_ count: Int) -> [UInt8] {
    let number = String(count)
    let padding = String(repeating: " ", count: max(0, 20 - number.count))
    return Array("\n[xip-rebase:\(padding)\(number) bytes are left out here]\n".utf8)
  }

  private static let cutSize = cutLine(0).count

  deinit {
    try? file.close()
  }
}
