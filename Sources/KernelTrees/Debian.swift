public import Host
public import SystemPackage
public import Versions

/// Debian's source packages of the kernel, whose `orig` tarball is the upstream release untouched.
///
/// The mirror and its keys are those that the machine's apt is set up for; the suites go from bullseye to sid,
/// with updates, backports and security.
public struct Debian: TreeSource {
  private let apt: PrivateApt
  private let cache: CacheFolder

  /// Makes the source that keeps package lists and downloads in `cache` and reads apt's configuration in `etc`.
  public init(cache: CacheFolder, etc: FilePath = "/etc/apt") {
    self.cache = cache
    apt = PrivateApt(folder: cache.apt, etc: etc)
  }

  /// What messages call it.
  public var name: String { "Debian" }

  /// apt's two programs.
  public var tools: [NeededTool] {
    [
      NeededTool("apt-get", to: "download Debian's source packages"),
      NeededTool("apt-cache", to: "list Debian's source packages"),
      NeededTool("sha256sum", to: "check tarballs"),
    ]
  }

  /// Lists older than this, in seconds, are refreshed before a version counts as missing.
  private static let patience = 3600

  /// Downloads the tarball of `version`, checks it against the signed index and imports it.
  public func fetch(_ version: Version, into store: Store, progress: Progress) async throws(TreeError) {
    try checkTools()
    try await cache.whileDownloading(progress: progress) { () throws(TreeError) in
      _ = try await apt.refresh(unlessYoungerThan: .max, progress: progress)
      do throws(TreeError) {
        try await fetchListed(version, into: store, progress: progress)
      } catch {
        // A version may be too new for the lists, or have moved on the mirror since.
        guard case .notThere = error,
          try await apt.refresh(unlessYoungerThan: Self.patience, progress: progress)
        else { throw error }
        try await fetchListed(version, into: store, progress: progress)
      }
    }
  }

  /// Returns the versions in the package lists, refreshed when they are older than an hour.
  public func versions(progress: Progress) async throws(TreeError) -> [Version] {
    try checkTools()
    return try await cache.whileDownloading(progress: progress) { () throws(TreeError) in
      _ = try await apt.refresh(unlessYoungerThan: Self.patience, progress: progress)
      let plain = try await packages(named: ["linux"])
      // A series that one suite has as `linux` another may have as `linux-6.12`.
      let series = Set(plain.compactMap(\.upstream).map { "linux-\($0.major).\($0.minor)" })
      return (plain + (try await packages(named: series.sorted()))).compactMap(\.upstream)
    }
  }

  private func checkTools() throws(TreeError) {
    for tool in tools where Command(tool.program).resolved() == nil {
      throw .notThere(reason: "\(tool.program) is not installed")
    }
  }

  private func fetchListed(_ version: Version, into store: Store, progress: Progress) async throws(TreeError)
  {
    // The plain name first: the two are packed apart, and the same tarball gives the same commit everywhere.
    var candidates = try await packages(named: ["linux"])
    candidates += try await packages(named: ["linux-\(version.major).\(version.minor)"])
    candidates.removeAll { $0.upstream != version }
    var reasons: [String] = []
    var tried: Set<String> = []
    // Revisions of a package share the tarball; a backport's may be packed anew.
    for package in candidates where !tried.contains(package.sha256) {
      tried.insert(package.sha256)
      do throws(TreeError) {
        try await fetch(package, as: version, into: store, progress: progress)
        return
      } catch {
        guard error.isOfItsSource else { throw error }
        reasons.append(error.description)
      }
    }
    throw .notThere(
      reason: reasons.isEmpty
        ? "no suite of its mirror has linux \(version)" : reasons.joined(separator: "; "))
  }

  private func fetch(
    _ package: SourcePackage, as version: Version, into store: Store, progress: Progress
  ) async throws(TreeError) {
    let folder = cache.downloads.appending("\(package.name)_\(package.version)")
    let tarball = folder.appending(package.tarball)
    do throws(FileFailure) {
      try Files.makeDirectory(folder)
    } catch {
      throw .file(error)
    }
    progress(.began("\(version.tag) download of Debian's \(package.name) \(package.version)"))
    let download = apt.command(
      "apt-get", ["-q", "source", "--download-only", "--only-source", "\(package.name)=\(package.version)"],
      in: folder)
    let completion: Command.Completion
    do {
      completion = try await withFileSizeProgress(tarball, total: { package.size }, progress: progress) {
        () async throws(CommandError) in try await download.completion()
      }
    } catch {
      throw TreeError(error, writing: folder)
    }
    // The tarball often outlives the package's other files on a mirror, and it alone is wanted.
    guard fileSize(tarball) == package.size else {
      let words = String(decoding: completion.errorOutput, as: UTF8.self)
      let reason = PrivateApt.reason(words)
      if TreeError.tellsOfFullDisk(words) {
        throw .file(FileFailure("write", tarball, .noSpace))
      }
      throw .notThere(reason: "\(package.name) \(package.version): \(reason)")
    }
    let actual = try await sha256(of: tarball)
    guard actual == package.sha256 else {
      try? Files.remove(folder)
      throw .wrongChecksum(file: package.tarball, expected: package.sha256, actual: actual)
    }
    progress(.ended(summary: package.tarball))
    _ = try await store.importTarball(
      tarball, as: version,
      provenance: Provenance(
        source: name, location: "source package \(package.name) \(package.version)", file: package.tarball,
        sha256: actual,
        checks: ["SHA-256 in the suite's index, which apt checked against its signed Release"],
        verification: .signedRelease),
      removing: folder, progress: progress)
  }

  /// Returns the source packages of these names in any suite, newest revision of a version first.
  private func packages(named names: [String]) async throws(TreeError) -> [SourcePackage] {
    var reader = SourcePackage.Reader()
    var lines = Lines()
    let query = apt.command("apt-cache", ["showsrc", "--only-source"] + names)
    do throws(CommandError) {
      // Its complaints about names it does not know come on the same stream and look like no field.
      try await query.run { piece in lines.add(piece) { reader.read($0) } }
    } catch {
      throw TreeError(error, writing: apt.folder)
    }
    lines.finish { reader.read($0) }
    return reader.finish().reversed()
  }
}
