import ArgumentParser
import Host
import KernelTrees
import PatchStack
import SystemPackage
import Versions

/// Where kernel trees are kept and come from.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A kernel clone, bare or not, to keep the trees in.",
      discussion: "Default: the store under $XDG_CACHE_HOME/xip-rebase.", valueName: "dir"),
    completion: .directory)
  var repo: String?

  @Flag(help: "Refuse trees that no signature which was checked vouches for.")
  var requireVerified = false

  func cache() throws -> CacheFolder {
    guard let cache = CacheFolder.ofUser() else {
      throw ValidationError("neither XDG_CACHE_HOME nor HOME names a directory to keep kernel trees in")
    }
    return cache
  }

  func store() async throws -> Store {
    if let repo { return try await Store(repository: FilePath(repo)) }
    let store = try await Store.cached(in: try cache())
    // To the end of the process: nobody trims the store away meanwhile.
    _ = Unmanaged.passRetained(try DirectoryHold(store.path))
    return store
  }

  /// The repository as it is, for commands that only read it: no program is started, nothing is made.
  func repository() throws -> FilePath {
    if let repo { return FilePath(repo) }
    let path = try cache().store
    guard Files.exists(path) else {
      throw ValidationError("no version is stored yet; bring one with: xip-rebase fetch VERSION")
    }
    return path
  }

  /// The one stored release that `selector` means.
  func storedVersion(_ selector: VersionSelector) throws -> Version {
    try selector.version(from: { try Check.versions(in: try repository()) }, place: "stored")
  }

  func sources() throws -> TreeSources {
    var sources = TreeSources.standard(cache: try cache())
    sources.requiresVerified = requireVerified
    return sources
  }
}
