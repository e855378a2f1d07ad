internal import Git
internal import Host
internal import SystemPackage

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A change of several files of a directory that happens as a whole, whenever the process is killed.
///
/// The new files are written to a directory of their own inside, with a list of what is to be done. Renaming that
/// directory is the moment at which the change has happened: what is left to do is done by whoever comes next, this
/// process or one that finds it waiting. All other files of the directory, and the directory itself, stay as they are.
struct DirectoryChange: Codable {
  /// A file of the directory.
  struct File: Codable {
    /// Its path inside the directory.
    let path: String
    /// The name under which its new content waits, nil when it goes.
    let staged: String?
  }

  /// A reference of a repository that moves with the files.
  struct Reference: Codable {
    let repository: String
    let name: String
    let old: ObjectID?
    let new: ObjectID
  }

  private var schema = 1
  private let files: [File]
  private let reference: Reference
  /// A folder that goes with the change, nil for none.
  private let folder: String?

  /// Changes files of `directory`; the caller holds its lock.
  ///
  /// - Parameters:
  ///   - files: The new content of each, by its path inside the directory; nil removes it.
  ///   - reference: What moves with them; the objects have to be there.
  ///   - folder: A folder to remove with it.
  ///   - directory: The directory.
  /// - Throws: `PatchStackError`; nothing is changed then, but for a failure of the machine in the midst of the
  ///   renaming or behind the moving of the reference: the next run finishes such a change.
  static func make(
    _ files: [String: [UInt8]?], moving reference: Reference, removing folder: FilePath?,
    in directory: FilePath
  ) throws(PatchStackError) {
    let staging = directory.appending(Names.staging)
    let list: [File]
    do {
      try Files.remove(staging)
      try Files.makeDirectory(staging)
      list = try stage(files, in: staging, of: directory)
      let change = DirectoryChange(files: list, reference: reference, folder: folder?.string)
      try Files.write(try change.json(), to: staging.appending(Names.list))
      FaultPoint.reach("staged")
      try Files.move(staging, to: directory.appending(Names.waiting))
    } catch {
      try? Files.remove(staging)
      throw (error as? PatchStackError) ?? (error as? FileFailure).map { .file($0) }
        ?? .malformed(directory, line: nil, reason: "\(error)")
    }
    FaultPoint.reach("decided")
    do {
      try move(reference)
    } catch {
      // No file has changed yet, so it can still be called off, unless the log has it already: a failure behind the
      // moment at which a reference moves is told of as any other.
      if place(of: reference) == .some(reference.old) {
        try? Files.move(directory.appending(Names.waiting), to: staging)
        try? Files.remove(staging)
      }
      throw error
    }
    FaultPoint.reach("logged")
    try finish(in: directory)
  }

  /// Returns whether a change waits in `directory` to be finished.
  static func waits(in directory: FilePath) -> Bool {
    Files.exists(directory.appending(Names.waiting))
  }

  /// Finishes the change that a killed process left in `directory`, if there is one; the caller holds its lock.
  static func finish(in directory: FilePath) throws(PatchStackError) {
    let waiting = directory.appending(Names.waiting)
    let path = waiting.appending(Names.list)
    guard Files.exists(path) else {
      // The list is the first to go when all is done.
      do { try Files.remove(waiting) } catch { throw .file(error) }
      return
    }
    var content: [UInt8] = []
    do { content = try Files.read(path) } catch { throw .file(error) }
    guard let change = try? JSONDecoder().decode(Self.self, from: Data(content)), change.schema == 1 else {
      throw .malformed(path, line: nil, reason: "not the list of a change that xip-rebase left unfinished")
    }
    try move(change.reference)
    do {
      for file in change.files {
        let place = directory.pushing(FilePath(file.path))
        if let staged = file.staged {
          // What is not there any more is in its place already.
          let new = waiting.appending(staged)
          if Files.exists(new) { try Files.move(new, to: place) }
        } else {
          try Files.remove(place)
          removeEmpty(place.removingLastComponent(), inside: directory)
        }
        FaultPoint.reach("file")
      }
      if let folder = change.folder { try Files.removeAtOnce(FilePath(folder)) }
      FaultPoint.reach("done")
      try Files.remove(path)
      try Files.remove(waiting)
    } catch {
      throw .file(error)
    }
  }

  /// Removes directories that the last of their files left, up to `top`.
  private static func removeEmpty(_ directory: FilePath, inside top: FilePath) {
    var place = directory
    while place != top, place.starts(with: top), rmdir(place.string) == 0 { place.removeLastComponent() }
  }

  private init(files: [File], reference: Reference, folder: String?) {
    self.files = files
    self.reference = reference
    self.folder = folder
  }

  private enum Names {
    static let staging = ".xip-rebase-change.new"
    static let waiting = ".xip-rebase-change"
    static let list = "change.json"
  }

  /// Writes the new files, with the permissions of those they replace, and returns the list of all.
  private static func stage(
    _ files: [String: [UInt8]?], in staging: FilePath, of directory: FilePath
  ) throws -> [File] {
    var list: [File] = []
    var device = stat()
    guard stat(directory.string, &device) == 0 else {
      throw FileFailure("read", directory, Errno(rawValue: errno))
    }
    for (number, file) in files.sorted(by: { $0.key < $1.key }).enumerated() {
      let place = directory.pushing(FilePath(file.key))
      let parent = place.removingLastComponent()
      if file.value != nil { try Files.makeDirectory(parent) }
      var status = stat()
      let isThere = lstat(place.string, &status) == 0
      if isThere, status.st_mode & S_IFMT != S_IFREG {
        throw PatchStackError.malformed(
          place, line: nil, reason: "no regular file; put the file itself there")
      }
      var home = stat()
      if stat(parent.string, &home) == 0 {
        guard home.st_dev == device.st_dev else {
          throw PatchStackError.malformed(
            place, line: nil,
            reason: "lies on another file system than \(directory), so both cannot change at once")
        }
        // A rename needs the right to write the directory; better to learn that now.
        guard access(parent.string, W_OK) == 0 else {
          throw FileFailure("write", place, Errno(rawValue: errno))
        }
      }
      guard let content = file.value else {
        list.append(File(path: file.key, staged: nil))
        continue
      }
      let mode = FilePermissions(rawValue: isThere ? status.st_mode & 0o777 : 0o644)
      try Files.write(content, to: staging.appending("\(number)"), mode: mode)
      if isThere { _ = chmod(staging.appending("\(number)").string, mode.rawValue) }
      list.append(File(path: file.key, staged: "\(number)"))
    }
    return list
  }

  private static func move(_ reference: Reference) throws(PatchStackError) {
    do {
      let repository = try Repository(opening: FilePath(reference.repository))
      try repository.update([(reference.name, reference.new)], message: "xip-rebase: a change of the stack")
    } catch {
      throw .git(error)
    }
  }

  /// Returns where the reference leads; nil when that cannot be read.
  private static func place(of reference: Reference) -> ObjectID?? {
    guard let repository = try? Repository(opening: FilePath(reference.repository)) else { return nil }
    do { return .some(try repository.target(of: reference.name)) } catch { return nil }
  }

  private func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }
}

/// The points at which a test kills the process, to see what it leaves behind.
enum FaultPoint {
  /// Kills the process when the environment's `XIP_REBASE_DIE_AT` is `name`, or `name:N` at the N-th time.
  ///
  /// Only debug builds do.
  static func reach(_ name: String) {
    #if DEBUG
      guard let wanted = getenv("XIP_REBASE_DIE_AT").map({ String(cString: $0) }) else { return }
      let parts = wanted.split(separator: ":")
      guard parts.first == Substring(name) else { return }
      times += 1
      if times == (parts.count > 1 ? Int(parts[1]) : 1) { kill(getpid(), SIGKILL) }
    #endif
  }

  #if DEBUG
    /// Counted by the one task that changes a directory.
    private nonisolated(unsafe) static var times = 0
  #endif
}
