public import Host
public import KernelTrees
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What lies in the cache folder, by parts that can be made again one without the other.
public struct CacheContents: Sendable {
  /// What a part is of.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// The store with the kernel trees.
    case trees
    /// Tarballs and lists on their way into the store.
    case downloads
    /// The package lists of apt.
    case apt
    /// The files of one tree, on which kernels are built.
    case work
    /// The objects of one toolchain.
    case objects
    /// The kernels, consoles and logs of one version and toolchain.
    case results
    /// The tree and the objects of compressed images that are measured.
    case measure
    /// The programs that judge reports.
    case judges
    /// What this tool did not make, or an older one.
    case other
  }

  /// A part of the cache.
  public struct Part: Hashable, Sendable {
    /// What it is of.
    public let kind: Kind
    /// Its path below the cache folder.
    public let name: String
    /// The room it takes on the disk, in bytes.
    public let bytes: Int
    /// When it was used last, in seconds since 1970: the newest date of anything in it.
    public let lastUse: Int
    /// Whether a job that runs needs it.
    public let isInUse: Bool
  }

  /// The parts, the one used last at the end.
  public let parts: [Part]
  private let cache: CacheFolder

  /// Looks through `cache`; a folder that is not there has no parts.
  public init(of cache: CacheFolder, kinds: Set<Kind> = Set(Kind.allCases)) throws(FileFailure) {
    self.cache = cache
    var parts: [Part] = []
    for (kind, name) in try Self.names(in: cache) where kinds.contains(kind) {
      let path = cache.path.appending(name)
      let found = Extent(of: path)
      guard found.bytes > 0 else { continue }
      let isInUse = try Self.whileUnused(path, kind, in: cache) { () throws(FileFailure) in true } == nil
      parts.append(
        Part(kind: kind, name: name, bytes: found.bytes, lastUse: found.newest, isInUse: isInUse))
    }
    self.parts = parts.sorted { ($0.lastUse, $0.name) < ($1.lastUse, $1.name) }
  }

  /// The room that all parts take, in bytes.
  public var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }

  /// Removes parts, the one used longest ago first, until the others take no more than `limit` bytes.
  ///
  /// What a job that runs needs stays, and so does the store unless `kinds` has it.
  ///
  /// - Parameters:
  ///   - limit: The bytes that may stay.
  ///   - kinds: What may be removed.
  ///   - kept: A part that stays, by its name.
  /// - Returns: The parts that were removed.
  /// - Throws: `FileFailure` when something cannot be removed.
  public func trim(
    to limit: Int, kinds: Set<Kind> = Set(Kind.allCases).subtracting([.trees]), keeping kept: String? = nil
  ) throws(FileFailure) -> [Part] {
    var left = bytes
    var removed: [Part] = []
    for part in parts where left > limit && kinds.contains(part.kind) && part.name != kept {
      let path = cache.path.appending(part.name)
      // A job may have come since the look.
      guard
        try Self.whileUnused(
          path, part.kind, in: cache, { () throws(FileFailure) in try Self.remove(path, in: cache) }) != nil
      else { continue }
      left -= part.bytes
      removed.append(part)
    }
    return removed
  }

  /// Keeps what grows with every version and every download within `limit` bytes each, but for what was built last.
  ///
  /// - Returns: The parts that were removed.
  public static func bound(_ cache: CacheFolder, to limit: Int) throws(FileFailure) -> [Part] {
    let last = Ladder.lastResults(in: cache)
    let name = realpath(last.string, nil).map { resolved in
      defer { free(resolved) }
      return "results/\(FilePath(String(cString: resolved)).lastComponent?.string ?? "")"
    }
    var removed: [Part] = []
    for kind in [Kind.results, .downloads] {
      removed += try CacheContents(of: cache, kinds: [kind]).trim(to: limit, keeping: name)
    }
    return removed
  }
}

extension CacheContents {
  /// Returns the parts by their paths below the folder.
  private static func names(in cache: CacheFolder) throws(FileFailure) -> [(kind: Kind, name: String)] {
    guard Files.exists(cache.path) else { return [] }
    var names: [(kind: Kind, name: String)] = []
    for top in try Files.list(cache.path) {
      let kind = top == "trees.git" ? .trees : Kind(rawValue: top) ?? .other
      switch kind {
      case .downloads, .objects, .results, .judges:
        for name in try Files.list(cache.path.appending(top)) where name != "lock" {
          if !isLink(cache.path.appending(top).appending(name)) { names.append((kind, "\(top)/\(name)")) }
        }
      case .trees, .apt, .work, .measure, .other: names.append((kind, top))
      }
    }
    return names
  }

  private static func isLink(_ path: FilePath) -> Bool {
    var status = stat()
    return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Calls `body` while no job needs the part at `path`; returns nil where one does.
  private static func whileUnused<Result>(
    _ path: FilePath, _ kind: Kind, in cache: CacheFolder, _ body: () throws(FileFailure) -> Result
  ) throws(FileFailure) -> Result? {
    switch kind {
    case .downloads, .apt:
      guard Files.exists(cache.downloadLock.removingLastComponent()) else { return try body() }
      guard let lock = try FileLock(cache.downloadLock) else { return nil }
      defer { extendLifetime(lock) }
      return try body()
    case .objects:
      // A kernel that is wrong on purpose is built in a copy beside the objects of its toolchain.
      let name = path.lastComponent?.string ?? ""
      for other in try Files.list(path.removingLastComponent()) where name.hasPrefix("\(other)-") {
        let beside = path.removingLastComponent().appending(other)
        let isUnused = try DirectoryHold.whileUnused(beside) { () throws(FileFailure) in true }
        guard isUnused ?? false else { return nil }
      }
      return try DirectoryHold.whileUnused(path, body)
    case .trees, .results, .judges, .work, .measure, .other:
      guard Files.isDirectory(path) else { return try body() }
      return try DirectoryHold.whileUnused(path, body)
    }
  }

  /// Removes what is at `path`, in one step as others see it: half of it would be taken for the whole.
  private static func remove(_ path: FilePath, in cache: CacheFolder) throws(FileFailure) {
    let aside = cache.path.appending("trimmed-\(getpid())")
    try Files.remove(aside)
    try Files.move(path, to: aside)
    try Files.remove(aside)
  }

  /// How much room what lies at a path takes, and when anything in it changed last.
  private struct Extent {
    var bytes = 0
    var newest = 0

    init(of path: FilePath) {
      add(path)
    }

    private mutating func add(_ path: FilePath) {
      var status = stat()
      guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return }
      newest = max(newest, status.st_mtim.tv_sec)
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      // An empty directory, or an empty lock, is nothing that is kept.
      if !isDirectory { bytes += Int(status.st_blocks) * 512 }
      guard isDirectory else { return }
      for name in (try? Files.list(path)) ?? [] { add(path.appending(name)) }
    }
  }
}
