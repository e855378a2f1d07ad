public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whole files and directories: read in one go, written so that a reader sees the old content or the new.
public enum Files {
  /// Returns the content of the file at `path`.
  public static func read(_ path: FilePath) throws(FileFailure) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter {
        var status = stat()
        // What the file is said to hold, and a byte to see its end by; those of `/proc` do not tell.
        var chunk = fstat(file.rawValue, &status) == 0 ? Int(status.st_size) + 1 : 1
        var content: [UInt8] = []
        while true {
          var count = 0
          let piece = try [UInt8](unsafeUninitializedCapacity: chunk) { buffer, initialized in
            count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
          }
          if count == 0 { return content }
          if content.isEmpty { content = piece } else { content += piece }
          chunk = 1 << 16
        }
      }
    } catch {
      throw FileFailure("read", path, error as? Errno ?? .ioError)
    }
  }

  /// Returns no more than `limit` bytes of the file at `path`, from `start` on; none where it ends before that.
  public static func read(
    _ path: FilePath, from start: Int, atMost limit: Int
  ) throws(FileFailure) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter {
        try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
          let bytes = UnsafeMutableRawBufferPointer(buffer)
          while count < limit {
            let read = try file.read(
              fromAbsoluteOffset: Int64(start + count),
              into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
            if read == 0 { break }
            count += read
          }
        }
      }
    } catch {
      throw FileFailure("read", path, error as? Errno ?? .ioError)
    }
  }

  /// Replaces the file at `path` by `content`: written beside it, synced, renamed over it.
  ///
  /// What a process that was killed left beside it goes.
  public static func write(
    _ content: [UInt8], to path: FilePath,
    mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
  ) throws(FileFailure) {
    // One writer a process and path: a lock above this decides between processes, the number between leftovers.
    let beside = path.withSuffix(".\(getpid())\(besideSuffix)")
    do {
      removeLeftovers(of: path)
      let file = try openLocked(beside, mode: mode)
      try file.closeAfter {
        try file.writeAll(content)
        try sync(file)
        // Before the file is closed, which lets go of it.
        let code = beside.withPlatformString { old in path.withPlatformString { rename(old, $0) } }
        guard code == 0 else { throw Errno(rawValue: errno) }
      }
      syncDirectory(path.removingLastComponent())
    } catch {
      _ = beside.withPlatformString { unlink($0) }
      throw FileFailure("write", path, error as? Errno ?? .ioError)
    }
  }

  /// What files on their way into their place end with; the number of the process stands before it.
  private static let besideSuffix = ".xip-rebase-new"

  /// Makes the file at `path` and locks it, which tells that it is no leftover.
  private static func openLocked(_ path: FilePath, mode: FilePermissions) throws -> FileDescriptor {
    while true {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: mode)
      // A file system without locks has no leftovers removed either.
      while flock(file.rawValue, LOCK_EX) != 0, errno == EINTR {}
      var status = stat()
      if fstat(file.rawValue, &status) != 0 || status.st_nlink > 0 { return file }
      // Another process took it for a leftover before it was locked.
      try file.close()
    }
  }

  /// Removes what ``write(_:to:mode:)`` has beside `path` and no process holds any more.
  private static func removeLeftovers(of path: FilePath) {
    guard let name = path.lastComponent?.string else { return }
    let directory = path.removingLastComponent()
    for other in (try? components(of: directory.isEmpty ? "." : directory)) ?? [] {
      let text = other.string
      guard text.hasPrefix(name + "."), text.hasSuffix(besideSuffix),
        Int32(text.dropFirst(name.count + 1).dropLast(besideSuffix.count)) != nil
      else { continue }
      let leftover = directory.appending(other)
      let file = leftover.withPlatformString { open($0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
      guard file >= 0 else { continue }
      if flock(file, LOCK_EX | LOCK_NB) == 0 { _ = leftover.withPlatformString { unlink($0) } }
      close(file)
    }
  }

  /// Returns whether anything is at `path`; a dangling symbolic link counts.
  public static func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withPlatformString { lstat($0, &status) } == 0
  }

  /// Returns the bytes of what is at `path`, or nil when nothing is there.
  public static func size(_ path: FilePath) -> Int? {
    var status = stat()
    return path.withPlatformString { stat($0, &status) } == 0 ? Int(status.st_size) : nil
  }

  /// Returns whether a directory is at `path`, or a symbolic link to one.
  public static func isDirectory(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withPlatformString { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes the directory at `path` and those above it; one that exists is fine.
  public static func makeDirectory(_ path: FilePath) throws(FileFailure) {
    if path.withPlatformString({ mkdir($0, 0o755) }) == 0 { return }
    switch Errno(rawValue: errno) {
    case .fileExists:
      var status = stat()
      guard path.withPlatformString({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw FileFailure("make directory", path, .notDirectory)
      }
    case .noSuchFileOrDirectory where !path.removingLastComponent().isEmpty:
      try makeDirectory(path.removingLastComponent())
      guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 || errno == EEXIST else {
        throw FileFailure("make directory", path, Errno(rawValue: errno))
      }
    case let reason:
      throw FileFailure("make directory", path, reason)
    }
  }

  /// Removes what is at `path` with all below it.
  ///
  /// Nothing there is fine. Symbolic links are not followed.
  public static func remove(_ path: FilePath) throws(FileFailure) {
    if path.withPlatformString({ unlink($0) }) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else {
      throw FileFailure("remove", path, Errno(rawValue: errno))
    }
    do throws(FileFailure) {
      for name in try components(of: path) { try remove(path.appending(name)) }
    } catch {
      // Somebody else may be at it, too.
      if error.reason == .noSuchFileOrDirectory { return }
      throw error
    }
    guard path.withPlatformString({ rmdir($0) }) == 0 || errno == ENOENT else {
      throw FileFailure("remove", path, Errno(rawValue: errno))
    }
  }

  /// Removes what is at `path` so that nobody sees a part of it: under another name first, `path` with `.gone` behind it.
  ///
  /// What a process that was killed left under that name goes, too. The caller holds a lock on the place.
  public static func removeAtOnce(_ path: FilePath) throws(FileFailure) {
    let gone = path.withSuffix(".gone")
    try remove(gone)
    guard exists(path) else { return }
    try move(path, to: gone)
    try remove(gone)
  }

  /// Gives what is at `path` the name `new`, on the same file system; a file there is replaced.
  public static func move(_ path: FilePath, to new: FilePath) throws(FileFailure) {
    let code = path.withPlatformString { old in new.withPlatformString { rename(old, $0) } }
    guard code == 0 else {
      throw FileFailure("rename to \(new)", path, Errno(rawValue: errno))
    }
    syncDirectory(new.removingLastComponent())
  }

  /// Writes to disk the file at `path`, or all files below the directory there; nothing there is fine.
  public static func sync(_ path: FilePath) throws(FileFailure) {
    guard exists(path) else { return }
    if isDirectory(path) {
      for name in try components(of: path) { try sync(path.appending(name)) }
    }
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      try file.closeAfter { try sync(file) }
    } catch {
      throw FileFailure("write", path, error as? Errno ?? .ioError)
    }
  }

  private static func sync(_ file: FileDescriptor) throws(Errno) {
    while fsync(file.rawValue) != 0 {
      guard errno == EINTR else { throw Errno(rawValue: errno) }
    }
  }

  /// Returns the names in the directory at `path`, sorted, without `.` and `..`.
  public static func list(_ path: FilePath) throws(FileFailure) -> [String] {
    try components(of: path).map(\.string).sorted()
  }

  /// Returns the names byte for byte, for as a `String` one that is not UTF-8 names nothing any more.
  private static func components(of path: FilePath) throws(FileFailure) -> [FilePath.Component] {
    guard let directory = path.withPlatformString({ opendir($0) }) else {
      throw FileFailure("list", path, Errno(rawValue: errno))
    }
    defer { closedir(directory) }
    var names: [FilePath.Component] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          FilePath.Component(platformString: $0)
        }
      }
      if let name, name.kind == .regular { names.append(name) }
    }
    return names
  }

  private static func syncDirectory(_ path: FilePath) {
    guard let directory = try? FileDescriptor.open(path.isEmpty ? "." : path, .readOnly) else { return }
    fsync(directory.rawValue)
    try? directory.close()
  }
}

extension FilePath {
  /// Makes the path of these bytes, which need not be UTF-8.
  public init(bytes: some Sequence<UInt8>) {
    self.init(platformString: bytes.map { CInterop.PlatformChar(bitPattern: $0) } + [0])
  }

  /// Returns the path with `suffix` behind its last byte.
  public func withSuffix(_ suffix: String) -> FilePath {
    let bytes = withPlatformString { text in
      (0..<strlen(text)).map { UInt8(bitPattern: text[Int($0)]) }
    }
    return FilePath(bytes: bytes + suffix.utf8)
  }
}
