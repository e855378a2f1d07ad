internal import Git
internal import Host
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files of a tree, laid out in a folder for somebody to change; their names are bytes, as in the tree.
struct EditFolder {
  let path: FilePath

  /// Writes a file or a symbolic link; a submodule is left out.
  func write(_ content: [UInt8], _ mode: EntryMode, at place: TreePath) throws(FileFailure) {
    let file = file(place.bytes)
    try Files.makeDirectory(file.removingLastComponent())
    switch mode {
    case .regular: try Files.write(content, to: file)
    case .executable:
      try Files.write(
        content, to: file, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
      _ = chmod(file.string, 0o755)
    case .symbolicLink:
      let target = content.map { CChar(bitPattern: $0) } + [0]
      guard file.withPlatformString({ symlink(target, $0) }) == 0 else {
        throw FileFailure("make link", file, Errno(rawValue: errno))
      }
    case .submodule, .directory: break
    }
  }

  /// Returns all files and symbolic links; `isKept` tells whether one counts that looks like what an editor or
  /// patch(1) leaves behind.
  func files(
    isKept: (TreePath) -> Bool
  ) throws(PatchStackError) -> [(path: TreePath, mode: EntryMode, content: [UInt8])] {
    var found: [(path: TreePath, mode: EntryMode, content: [UInt8])] = []
    try collect([], into: &found, isKept: isKept)
    return found
  }

  private func collect(
    _ names: [UInt8], into found: inout [(path: TreePath, mode: EntryMode, content: [UInt8])],
    isKept: (TreePath) -> Bool
  ) throws(PatchStackError) {
    let place = names.isEmpty ? path : file(names)
    guard let directory = place.withPlatformString({ opendir($0) }) else {
      if names.isEmpty, errno == ENOENT { return }
      throw .file(FileFailure("list", place, Errno(rawValue: errno)))
    }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
      let whole = names.isEmpty ? name : names + [UInt8(ascii: "/")] + name
      let file = file(whole)
      var status = stat()
      guard file.withPlatformString({ lstat($0, &status) }) == 0 else {
        throw .file(FileFailure("read", file, Errno(rawValue: errno)))
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        try collect(whole, into: &found, isKept: isKept)
        continue
      }
      guard let path = TreePath(whole) else {
        throw .malformed(file, line: nil, reason: "a name that no patch may have")
      }
      if isLeftover(name), !isKept(path) { continue }
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        do {
          found.append((path, status.st_mode & 0o100 == 0 ? .regular : .executable, try Files.read(file)))
        } catch {
          throw .file(error)
        }
      case S_IFLNK:
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = file.withPlatformString { readlink($0, &target, target.count) }
        guard count >= 0 else { throw .file(FileFailure("read", file, Errno(rawValue: errno))) }
        found.append((path, .symbolicLink, target[..<count].map { UInt8(bitPattern: $0) }))
      default: throw .malformed(file, line: nil, reason: "neither a file nor a symbolic link")
      }
    }
  }

  private func file(_ names: [UInt8]) -> FilePath {
    path.pushing(FilePath(bytes: names))
  }
}

/// Returns whether a name is of the kind that the kernel's `.gitignore` leaves out: backups of editors and of patch(1).
private func isLeftover(_ name: [UInt8]) -> Bool {
  let text = String(decoding: name, as: UTF8.self)
  return text.hasSuffix("~") || text.hasSuffix(".orig") || text.hasSuffix(".rej") || text.hasPrefix(".#")
    || text.hasPrefix("#") && text.hasSuffix("#")
    || text.hasPrefix(".") && [".swp", ".swo", ".swx"].contains { text.hasSuffix($0) }
}
