import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The folder under which the store, downloads and work directories live.
public struct CacheFolder: Hashable, Sendable {
  /// Its path; nothing need be there yet.
  public let path: FilePath

  /// Names the folder at `path`.
  public init(_ path: FilePath) {
    self.path = path
  }

  /// Names the user's own: `$XDG_CACHE_HOME/xip-rebase`, or `~/.cache/xip-rebase`.
  ///
  /// - Returns: The folder, or nil when neither `XDG_CACHE_HOME` nor `HOME` names an absolute path.
  public static func ofUser() -> CacheFolder? {
    // The XDG specification has relative paths ignored.
    if let cache = getenv("XDG_CACHE_HOME").map({ FilePath(String(cString: $0)) }), cache.isAbsolute {
      return CacheFolder(cache.appending("xip-rebase"))
    }
    if let home = getenv("HOME").map({ FilePath(String(cString: $0)) }), home.isAbsolute {
      return CacheFolder(home.appending(".cache").appending("xip-rebase"))
    }
    return nil
  }

  /// The git repository that keeps the trees.
  public var store: FilePath { path.appending("trees.git") }

  /// Tarballs on their way into the store.
  var downloads: FilePath { path.appending("downloads") }

  /// The private state of apt.
  var apt: FilePath { path.appending("apt") }

  /// The lock of what downloads.
  public var downloadLock: FilePath { downloads.appending("lock") }

  /// Calls `body` alone with the right to download into the folder.
  func whileDownloading<Value>(
    progress: Progress, body: () async throws(TreeError) -> Value
  ) async throws(TreeError) -> Value {
    try await withLock(
      downloadLock, while: "downloading into \(downloads)", progress: progress, body: body)
  }
}
