import Host
import SystemPackage
import Versions

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Store {
  /// Brings the tree in the tarball at `file` into the store under the tag of `version`.
  ///
  /// The members stream from libarchive to `git fast-import` without touching the disk. That works in a scratch
  /// repository which borrows the store's objects, so it writes only what the store lacks and leaves nothing
  /// behind when it fails; the finished pack is moved into the store, and the tag comes last.
  ///
  /// The caller holds the import lock. The provenance is noted; its file and SHA-256 go into the commit's message
  /// as well. When it throws, the store is as it was.
  ///
  /// - Parameters:
  ///   - file: The tarball.
  ///   - version: What its makefile has to say that it is.
  ///   - provenance: Where it came from.
  ///   - download: What goes with the import, just before the tag is there: behind it nobody would come to remove it.
  ///   - progress: Told of the files.
  /// - Returns: The tree as it is in the store.
  /// - Throws: `TreeError` when it cannot be read or belongs in no store.
  func importTarball(
    _ file: FilePath, as version: Version, provenance: Provenance, removing download: FilePath? = nil,
    progress: Progress
  ) async throws(TreeError) -> StoredTree {
    progress(.began("\(version.tag) import"))
    let scratch = incoming.appending(uniqueSuffix())
    let clock = ContinuousClock()
    let start = clock.now
    do throws(TreeError) {
      try await Store.makeRepository(scratch)
      try borrowObjects(in: scratch)
      let files = try await streamed(
        file, as: version, provenance: provenance, to: scratch, progress: progress)
      let commit = try await GitProgram(directory: scratch).text("rev-parse", "refs/heads/import")
      try adoptPacks(of: scratch)
      try await note(provenance, on: commit)
      try? Files.remove(scratch)
      if let download { try? Files.remove(download) }
      try await git("update-ref", "refs/tags/\(version.tag)", commit)
      guard let stored = try await tree(of: version) else { throw .noSuchCommit(commit, in: path) }
      let seconds = Double((clock.now - start) / .milliseconds(100)).rounded() / 10
      progress(.ended(summary: "\(version.tag): \(files) files in \(seconds) s"))
      return stored
    } catch {
      try? Files.remove(scratch)
      throw error
    }
  }

  private func borrowObjects(in scratch: FilePath) throws(TreeError) {
    do throws(FileFailure) {
      let information = scratch.appending("objects").appending("info")
      try Files.makeDirectory(information)
      try Files.write(
        Array("\(path.appending("objects"))\n".utf8), to: information.appending("alternates"))
    } catch {
      throw .file(error)
    }
  }

  /// Moves the packs of `scratch` into the store; the index comes last, for it makes git see a pack.
  private func adoptPacks(of scratch: FilePath) throws(TreeError) {
    let source = scratch.appending("objects").appending("pack")
    let target = path.appending("objects").appending("pack")
    do throws(FileFailure) {
      try Files.makeDirectory(target)
      let names = try Files.list(source).filter { $0.hasPrefix("pack-") }
      for name in names.filter({ !$0.hasSuffix(".idx") }) + names.filter({ $0.hasSuffix(".idx") }) {
        guard renamed(source.appending(name), to: target.appending(name)) else {
          throw FileFailure("write", target.appending(name), Errno(rawValue: errno))
        }
      }
      syncDirectory(target)
    } catch {
      throw .file(error)
    }
  }

  /// Feeds the tarball to fast-import in `scratch`; returns the number of files.
  private func streamed(
    _ file: FilePath, as version: Version, provenance: Provenance, to scratch: FilePath, progress: Progress
  ) async throws(TreeError) -> Int {
    let pipe: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    do {
      pipe = try closedOnExecPipe()
    } catch {
      throw .file(FileFailure("feed", scratch, error))
    }
    // Deltas against whatever blob came before are rarely any good and cost seconds; the lowest compression level
    // leaves git about as fast as xz.
    let importer = GitProgram(directory: scratch).command([
      "-c", "pack.compression=1", "-c", "fastimport.unpackLimit=0",
      "fast-import", "--quiet", "--done", "--depth=0", "--date-format=raw",
    ])
    let isCancelled = Flag()
    let program = Task { () -> Result<Command.Completion, CommandError> in
      do throws(CommandError) {
        return .success(try await importer.completion(reading: pipe.readEnd))
      } catch {
        return .failure(error)
      }
    }
    let fed = await withTaskCancellationHandler {
      await onOwnThread { [writeEnd = pipe.writeEnd] in
        feed(file, as: version, provenance: provenance, to: writeEnd, until: isCancelled, progress: progress)
      }
    } onCancel: {
      isCancelled.raise()
      program.cancel()
    }
    if case .failure(let stop) = fed, case .because = stop { program.cancel() }
    let completion = await program.value
    if Task.isCancelled { throw .cancelled }
    switch fed {
    case .success(let count):
      let result: Command.Completion
      do {
        result = try completion.get()
      } catch {
        throw TreeError(error, writing: path)
      }
      guard result.status.isSuccess else { throw failure(of: importer, result) }
      return count
    case .failure(.because(let error)):
      throw error
    case .failure(.readerIsGone):
      switch completion {
      case .success(let result): throw failure(of: importer, result)
      case .failure(let error): throw TreeError(error, writing: path)
      }
    }
  }

  private func failure(of importer: Command, _ completion: Command.Completion) -> TreeError {
    // The report that git adds to its last words is of its own use only.
    let words = String(decoding: completion.errorOutput, as: UTF8.self)
      .split(whereSeparator: \.isNewline)
    let fatal = words.first { $0.hasPrefix("fatal:") } ?? words.last ?? ""
    let short = Command("git", ["fast-import"])
    return TreeError(.failed(short, completion.status, message: String(fatal)), writing: path)
  }
}

/// Why feeding ended early.
private enum Stop: Error {
  /// Git closed its input; its own words tell why.
  case readerIsGone
  case because(TreeError)
}

/// Writes the whole import of `file` to `pipe` and returns the number of files.
private func feed(
  _ file: FilePath, as version: Version, provenance: Provenance, to pipe: FileDescriptor,
  until isCancelled: Flag, progress: Progress
) -> Result<Int, Stop> {
  // A reader that died shows as an error of the write, on this thread only.
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGPIPE)
  pthread_sigmask(SIG_BLOCK, &signals, nil)
  var feeder = Feeder(file: file, version: version, stream: FastImportStream(pipe: pipe))
  do throws(Stop) {
    return .success(try feeder.run(provenance: provenance, until: isCancelled, progress: progress))
  } catch {
    return .failure(error)
  }
}

/// One tarball on its way to fast-import.
private struct Feeder: ~Copyable {
  let file: FilePath
  let version: Version
  var stream: FastImportStream
  /// The mark and mode of each file, by its path without the leading directory.
  private var entries: [[UInt8]: Entry] = [:]
  private var root: [UInt8]?
  private var makefile: [UInt8]?
  private var newest = 0
  private var marks = 0
  private var unpacked = 0

  /// What a tree may come to, many times a kernel's 1.5 GiB: a bomb ends here, before the disk does.
  private static let sizeLimit = 8 << 30
  /// The makefile is kept in memory to be read; that of a kernel has 70 KiB.
  private static let makefileLimit = 4 << 20

  private struct Entry {
    let mark: Int
    let mode: String
  }

  init(file: FilePath, version: Version, stream: consuming FastImportStream) {
    self.file = file
    self.version = version
    self.stream = stream
  }

  mutating func run(provenance: Provenance, until isCancelled: Flag, progress: Progress) throws(Stop) -> Int {
    let clock = ContinuousClock()
    var nextReport = clock.now
    do {
      var tarball = try Tarball(file)
      try stream.write("feature done\n")
      while let member = try tarball.next() {
        if isCancelled.isRaised { throw Stop.because(.cancelled) }
        try add(member, from: &tarball, until: isCancelled)
        if clock.now >= nextReport {
          progress(.advanced(done: entries.count, of: nil, unit: "files"))
          nextReport = clock.now + .milliseconds(100)
        }
      }
      try checkVersion()
      try commit(provenance)
      try stream.flush()
      progress(.advanced(done: entries.count, of: entries.count, unit: "files"))
      return entries.count
    } catch let fault as Tarball.Fault {
      switch fault {
      case .broken(let reason): throw .because(.brokenTarball(file, reason: reason))
      case .unreadable(let reason): throw .because(.file(FileFailure("read", file, reason)))
      }
    } catch let stop as Stop {
      throw stop
    } catch {
      throw .readerIsGone
    }
  }

  private mutating func add(
    _ member: Tarball.Member, from tarball: inout Tarball, until isCancelled: Flag
  ) throws {
    let path = try pathInTree(of: member)
    switch member.kind {
    case .directory:
      return
    case .other:
      throw refused(member, "is neither a file nor a directory nor a link")
    case .hardLink(let target):
      let parts = components(target).dropFirst()
      guard let entry = entries[Array(parts.joined(separator: [UInt8(ascii: "/")]))] else {
        throw refused(member, "is a hard link to \(text(target)), which is not there")
      }
      entries[path] = entry
    case .link(let target):
      guard staysInside(target, from: path) else {
        throw refused(member, "is a link to \(text(target)), which leads out of the tree")
      }
      try begin(path, mode: "120000", size: target.count)
      try stream.write(target)
      try stream.write("\n")
    case .file(let size, let executable):
      unpacked += max(0, size)
      guard size >= 0, unpacked <= Self.sizeLimit else {
        throw refused(member, "makes the tree larger than the \(Self.sizeLimit >> 30) GiB that no kernel has")
      }
      guard path != Array("Makefile".utf8) || size <= Self.makefileLimit else {
        throw refused(member, "is a makefile of \(size) bytes")
      }
      try begin(path, mode: executable ? "100755" : "100644", size: size)
      var content: [UInt8]? = path == Array("Makefile".utf8) ? [] : nil
      var left = size
      while left > 0 {
        if isCancelled.isRaised { throw Stop.because(.cancelled) }
        if stream.isFull { try stream.flush() }
        let count = try stream.write(atMost: left) { room throws(Tarball.Fault) in
          let count = try tarball.read(into: room)
          content?.append(contentsOf: room[..<count])
          return count
        }
        guard count > 0 else { throw Tarball.Fault.broken(reason: "\(text(member.name)) ends early") }
        left -= count
      }
      if let content { makefile = content }
      try stream.write("\n")
    }
    newest = max(newest, member.modified)
  }

  /// Returns whether a link at `path` leads to a place in the tree, whether there is something or not.
  private func staysInside(_ target: [UInt8], from path: [UInt8]) -> Bool {
    if target.first == UInt8(ascii: "/") { return false }
    var depth = components(path).count - 1
    for part in components(target) {
      depth += part.elementsEqual("..".utf8) ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }

  private mutating func begin(_ path: [UInt8], mode: String, size: Int) throws {
    // A path that comes twice holds its later content, as if unpacked.
    marks += 1
    entries[path] = Entry(mark: marks, mode: mode)
    try stream.write("blob\nmark :\(marks)\ndata \(size)\n")
  }

  /// Returns the path of `member` below the tarball's one top directory, empty for that directory itself.
  private mutating func pathInTree(of member: Tarball.Member) throws(Stop) -> [UInt8] {
    if member.name.first == UInt8(ascii: "/") { throw refused(member, "has an absolute name") }
    let parts = components(member.name)
    for part in parts {
      if part.elementsEqual("..".utf8) { throw refused(member, "leads out of the tree") }
      // What git, or a file system that git guards, would take for a repository.
      if [".git", "git~1"].contains(text(Array(part)).lowercased()) {
        throw refused(member, "has a name that git keeps for itself")
      }
    }
    guard let top = parts.first else { return [] }
    if root == nil { root = Array(top) }
    guard top == root?[...] else { throw refused(member, "lies outside the directory \(text(root ?? []))") }
    let path = Array(parts.dropFirst().joined(separator: [UInt8(ascii: "/")]))
    if path.isEmpty, case .directory = member.kind { return [] }
    guard !path.isEmpty else { throw refused(member, "is not below a top directory") }
    return path
  }

  /// Checks that the top makefile names `version`, for the name of a file proves nothing.
  private func checkVersion() throws(Stop) {
    guard let makefile else {
      throw .because(.brokenTarball(file, reason: "it has no Makefile in its top directory"))
    }
    let found = Version(makefile: makefile)
    guard found == version else {
      throw .because(
        .otherVersion(
          file.lastComponent?.string ?? "", wanted: version, found: found?.description ?? "of no version"))
    }
  }

  private mutating func commit(_ provenance: Provenance) throws {
    let message = Array(provenance.message(of: "Linux \(version)").utf8)
    let who = "\(GitProgram.identity.name) <\(GitProgram.identity.email)> \(newest) +0000"
    try stream.write("commit refs/heads/import\nauthor \(who)\ncommitter \(who)\ndata \(message.count)\n")
    try stream.write(message)
    for (path, entry) in entries {
      try stream.write("M \(entry.mode) :\(entry.mark) ")
      try stream.write(path: path)
      try stream.write("\n")
    }
    try stream.write("done\n")
  }

  private func refused(_ member: Tarball.Member, _ reason: String) -> Stop {
    .because(.refusedMember(file, member: text(member.name), reason: reason))
  }
}

/// Returns the parts of a member's name between its slashes, without empty ones and `.`.
private func components(_ name: [UInt8]) -> [ArraySlice<UInt8>] {
  name.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

private func closedOnExecPipe() throws(Errno) -> (readEnd: FileDescriptor, writeEnd: FileDescriptor) {
  do {
    let ends = try FileDescriptor.pipe()
    for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    return ends
  } catch {
    throw error as? Errno ?? .ioError
  }
}
