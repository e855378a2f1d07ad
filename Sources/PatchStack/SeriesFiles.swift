internal import Git
internal import Host
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The files that make a series: its list, its patches, and those of its variants, but nothing else of its directory.
struct SeriesFiles: Equatable {
  /// The content of each, by its path inside the directory.
  private(set) var contents: [String: [UInt8]] = [:]

  /// Reads what is in `directory`; a file that a list names and that is not there is left out.
  init(in directory: FilePath) throws(PatchStackError) {
    let forms = try read("variants.list", in: directory).map(Self.directories) ?? []
    for form in [nil] + forms.map(Optional.some) {
      let prefix = form.map { $0 + "/" } ?? ""
      guard let list = try read(prefix + "series", in: directory) else { continue }
      for entry in SeriesList(list).entries { _ = try read(prefix + entry.name, in: directory) }
    }
  }

  /// Takes them from a tree that ``tree(in:)`` made.
  init(tree: ObjectID, in repository: borrowing Repository) throws(GitError) {
    try add(tree, below: [], in: repository)
  }

  /// Makes a tree of them in memory and returns its name.
  func tree(in repository: inout Repository) throws(GitError) -> ObjectID {
    var changes: [TreePath: TreeEntry?] = [:]
    for (path, content) in contents {
      guard let place = TreePath(path) else { continue }
      changes[place] = TreeEntry(.regular, try repository.make(content, as: .blob))
    }
    return try repository.tree(nil, changing: changes)
  }

  /// Returns the files after `changes`, in which nil stands for one that goes.
  func changed(by changes: [String: [UInt8]?]) -> SeriesFiles {
    var files = self
    for (path, content) in changes { files.contents[path] = content }
    return files
  }

  /// Returns what has to change for these files to become `other`.
  func changes(to other: SeriesFiles) -> [String: [UInt8]?] {
    var changes: [String: [UInt8]?] = [:]
    for (path, content) in other.contents where contents[path] != content { changes[path] = .some(content) }
    for path in contents.keys where other.contents[path] == nil { changes[path] = .some(nil) }
    return changes
  }

  private mutating func read(_ path: String, in directory: FilePath) throws(PatchStackError) -> [UInt8]? {
    let plain = FilePath(path).lexicallyNormalized().string
    let place = directory.pushing(FilePath(plain))
    guard TreePath(plain) != nil, Files.exists(place), !Files.isDirectory(place) else { return nil }
    do {
      let content = try Files.read(place)
      contents[plain] = content
      return content
    } catch {
      throw .file(error)
    }
  }

  private static func directories(_ list: [UInt8]) -> [String] {
    lineRanges(of: list).compactMap { range in
      let words = String(decoding: list[range], as: UTF8.self).prefix { $0 != "#" }
        .split(whereSeparator: \.isWhitespace)
      return words.count == 3 && words[2] != "." ? String(words[2]) : nil
    }
  }

  private mutating func add(
    _ tree: ObjectID, below names: [UInt8], in repository: borrowing Repository
  ) throws(GitError) {
    for (name, entry) in try repository.tree(tree).entries {
      let path = names + name
      if entry.mode == .directory {
        try add(entry.id, below: path + [UInt8(ascii: "/")], in: repository)
      } else {
        contents[String(decoding: path, as: UTF8.self)] = try repository.content(of: entry.id, as: .blob)
      }
    }
  }
}

/// A file that comes, goes or changes.
public struct ChangedFile: Codable, Hashable, Sendable {
  /// What happens to it.
  public enum Kind: String, Codable, Hashable, Sendable {
    case added, changed, removed
  }

  /// Its path inside the directory of the series.
  public let path: String
  /// What happens to it.
  public let kind: Kind
}

extension SeriesFiles {
  /// Returns what differs in `other`, by path.
  func difference(to other: SeriesFiles) -> [ChangedFile] {
    changes(to: other).map { path, content in
      let kind: ChangedFile.Kind =
        if content == nil { .removed } else if contents[path] == nil { .added } else { .changed }
      return ChangedFile(path: path, kind: kind)
    }.sorted { $0.path < $1.path }
  }
}

/// Returns the path of a directory without symbolic links, so that it has one name however it is reached.
func realPath(_ path: FilePath) throws(PatchStackError) -> FilePath {
  guard let real = realpath(path.isEmpty ? "." : path.string, nil) else {
    throw .file(FileFailure("read", path, Errno(rawValue: errno)))
  }
  defer { free(real) }
  return FilePath(String(cString: real))
}
