public import Host
public import Versions

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The sources of kernel trees in the order in which they are asked.
public struct TreeSources: Sendable {
  /// The sources, the first to be asked first.
  public let sources: [any TreeSource]

  /// Whether trees are refused that no signature vouches for, also those in the store already.
  public var requiresVerified = false

  /// Makes the list of `sources`.
  public init(_ sources: [any TreeSource]) {
    self.sources = sources
  }

  /// Makes the list of git, kernel.org and Debian, as the environment changes it.
  ///
  /// - `XIP_REBASE_SOURCES` names the sources and their order: `git,kernel.org,debian`.
  /// - `XIP_REBASE_REMOTE` is asked in place of the stable tree's public URL.
  /// - `XIP_REBASE_KERNEL_ORG` is the URL of a mirror of `pub/linux/kernel`.
  ///
  /// - Parameters:
  ///   - cache: Where downloads and package lists lie.
  ///   - remote: A git remote that is asked before those, or nil.
  /// - Returns: The sources; names that are none are left out.
  public static func standard(cache: CacheFolder, remote: String? = nil) -> TreeSources {
    let order = setting("XIP_REBASE_SOURCES") ?? "git,kernel.org,debian"
    let remotes = (remote.map { [$0] } ?? []) + [setting("XIP_REBASE_REMOTE") ?? GitRemotes.stable]
    return TreeSources(
      order.split(separator: ",").compactMap { name -> (any TreeSource)? in
        switch name.lowercased() {
        case "git": GitRemotes(remotes: remotes)
        case "kernel.org":
          KernelOrg(base: setting("XIP_REBASE_KERNEL_ORG") ?? KernelOrg.publisher, cache: cache)
        case "debian": Debian(cache: cache)
        default: nil
        }
      })
  }

  /// The programs that the sources and the store run.
  public var tools: [NeededTool] {
    var tools = [NeededTool("git", to: "fetch and store trees")]
    for tool in sources.flatMap(\.tools) where !tools.contains(where: { $0.program == tool.program }) {
      tools.append(tool)
    }
    return tools
  }
}

extension TreeSources {
  /// Returns the tree of `version` from `store`, after bringing it there from the first source that can give it.
  ///
  /// - Throws: `TreeError.unavailable` when none can, with what each answered and the nearest versions that can
  ///   be had.
  public func fetch(
    _ version: Version, into store: Store, progress: Progress
  ) async throws(TreeError) -> StoredTree {
    if let stored = try await store.tree(of: version) { return try accepted(stored) }
    let attempts = try await store.whileImporting(progress: progress) {
      () throws(TreeError) -> [TreeError.Attempt]? in
      // Whoever had the lock before may have brought the same version.
      if try await store.tree(of: version) != nil { return nil }
      return try await tryAll(version, into: store, progress: progress)
    }
    if let stored = try await store.tree(of: version) { return try accepted(stored) }
    let others = await available(in: store, progress: progress).versions
    // Git takes a reference that it cannot read for one that is not there.
    let unread = TreeError.Attempt(
      source: "git",
      reason: "cannot read \(version.tag) in \(store.path), though it was stored; look at the disk")
    throw .unavailable(
      version, attempts: attempts ?? [unread], below: others.last { $0 < version },
      above: others.first { $0 > version })
  }

  private func accepted(_ tree: StoredTree) throws(TreeError) -> StoredTree {
    if requiresVerified, tree.verification == .nothing {
      throw .unverified(
        tree.version, source: tree.provenance.map { "from \($0.source)" } ?? "which is in the repository")
    }
    return tree
  }

  /// Returns the tree of the first of `versions` that can be had, in their order.
  ///
  /// For what runs unattended: mirrors drop old versions, and the next best is better than none. Each one that
  /// is passed over is told of.
  ///
  /// - Throws: `TreeError.unavailable` for the first of `versions` when none can be had.
  public func fetchFirst(
    of versions: [Version], into store: Store, progress: Progress
  ) async throws(TreeError) -> StoredTree {
    var first: TreeError?
    for (index, version) in versions.enumerated() {
      do throws(TreeError) {
        let stored = try await fetch(version, into: store, progress: progress)
        if index > 0 { progress(.noted("\(version.tag) is taken in place of \(versions[0].tag)")) }
        return stored
      } catch {
        guard case .unavailable = error else { throw error }
        progress(.noted(error.description))
        first = first ?? error
      }
    }
    throw first ?? .notThere(reason: "no version was asked for")
  }

  /// What can be had, and what could not be asked.
  public struct Availability: Sendable {
    /// The names of the sources of each version, the store's own among them as `store`.
    public var sources: [Version: [String]] = [:]

    /// The sources that did not answer.
    public var failures: [TreeError.Attempt] = []

    /// The versions in order.
    public var versions: [Version] { sources.keys.sorted() }
  }

  /// Returns the versions that are in `store` or that some source offers.
  public func available(in store: Store?, progress: Progress) async -> Availability {
    var availability = Availability()
    if let store, let stored = try? await store.versions() {
      for version in stored { availability.sources[version, default: []].append("store") }
    }
    let answers = await withTaskGroup(of: (Int, Result<[Version], TreeError>).self) { group in
      for (index, source) in sources.enumerated() {
        group.addTask { (index, await answer(of: source, progress: progress)) }
      }
      var answers: [Int: Result<[Version], TreeError>] = [:]
      for await (index, answer) in group { answers[index] = answer }
      return answers
    }
    for (index, source) in sources.enumerated() {
      switch answers[index] {
      case .success(let versions):
        for version in Set(versions) { availability.sources[version, default: []].append(source.name) }
      case .failure(let error):
        availability.failures.append(.init(source: source.name, reason: error.description))
      case nil: break
      }
    }
    return availability
  }

  private func answer(
    of source: any TreeSource, progress: Progress
  ) async -> Result<[Version], TreeError> {
    do throws(TreeError) {
      return .success(try await source.versions(progress: progress))
    } catch {
      return .failure(error)
    }
  }

  /// Asks each source until the tree is there; returns what those answered that could not give it.
  private func tryAll(
    _ version: Version, into store: Store, progress: Progress
  ) async throws(TreeError) -> [TreeError.Attempt]? {
    var attempts: [TreeError.Attempt] = []
    for source in sources {
      do throws(TreeError) {
        try await source.fetch(version, into: store, progress: progress)
        return nil
      } catch {
        guard error.isOfItsSource else { throw error }
        progress(.noted("\(source.name): \(error)"))
        attempts.append(.init(source: source.name, reason: error.description))
      }
    }
    return attempts
  }
}

private func setting(_ name: String) -> String? {
  guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
  return value
}
