import ArgumentParser
import Host
import KernelTrees
import SystemPackage

/// Where kernel trees are kept and come from.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A kernel clone, bare or not, to keep the trees in.",
      discussion: "Default: the store under $XDG_CACHE_HOME/xip-rebase.", valueName: "dir"))
  var repo: String?

  func cache() throws -> CacheFolder {
    guard let cache = CacheFolder.ofUser() else {
      throw ValidationError("neither XDG_CACHE_HOME nor HOME names a directory to keep kernel trees in")
    }
    return cache
  }

  func store() async throws -> Store {
    if let repo { return try await Store(repository: FilePath(repo)) }
    return try await Store.cached(in: try cache())
  }

  func sources() throws -> TreeSources {
    TreeSources.standard(cache: try cache())
  }
}
