public import Host
public import SystemPackage
public import Versions

/// The release tarballs of kernel.org, or of a mirror of `pub/linux/kernel`.
public struct KernelOrg: TreeSource {
  /// The publisher's own server.
  public static let publisher = "https://cdn.kernel.org/pub/linux/kernel"

  /// The URL of the directory that has `v6.x` and its like.
  public let base: String

  private let cache: CacheFolder
  private let keyring: FilePath?

  /// Makes the source at `base` that downloads into `cache`.
  ///
  /// - Parameters:
  ///   - base: The URL of the directory that has `v6.x` and its like.
  ///   - cache: Where downloads lie until they are imported.
  ///   - keyring: The home directory of `gpg` whose keys are good, or nil for the user's own.
  public init(base: String = publisher, cache: CacheFolder, keyring: FilePath? = nil) {
    self.keyring = keyring
    self.base = base
    self.cache = cache
  }

  /// What messages call it.
  public var name: String { "kernel.org" }

  /// curl, and gpg for who wants signatures checked.
  public var tools: [NeededTool] {
    [
      NeededTool("curl", to: "download tarballs"),
      NeededTool("sha256sum", to: "check tarballs"),
      NeededTool("gpg", to: "check the signature of kernel.org's checksum list", isOptional: true),
    ]
  }

  /// Downloads the tarball of `version`, checks it and imports it.
  public func fetch(_ version: Version, into store: Store, progress: Progress) async throws(TreeError) {
    guard version.candidate == nil else {
      throw .notThere(reason: "it has no tarballs of release candidates")
    }
    try await cache.whileDownloading(progress: progress) { () throws(TreeError) in
      try await fetchAlone(version, into: store, progress: progress)
    }
  }

  private func fetchAlone(_ version: Version, into store: Store, progress: Progress) async throws(TreeError) {
    let name = "linux-\(version).tar.xz"
    let (checksums, verdict, verification) = try await checksums(ofMajor: version.major)
    guard let expected = checksums[name] else {
      throw .notThere(reason: "its v\(version.major).x has no \(name)")
    }
    let download = Download(
      url: "\(directory(version.major))/\(name)", target: cache.downloads.appending(name))
    progress(.began("\(version.tag) download from \(base)"))
    let isResumed = download.isBegun
    try await download(progress: progress)
    var actual = try await sha256(of: download.target)
    if actual != expected && isResumed {
      // What an earlier run left may have been the start of another file.
      progress(.noted("\(name): the part from an earlier run does not fit; starting over"))
      try? Files.remove(download.target)
      try await download(progress: progress)
      actual = try await sha256(of: download.target)
    }
    guard actual == expected else {
      try? Files.remove(download.target)
      throw .wrongChecksum(file: name, expected: expected, actual: actual)
    }
    progress(.ended(summary: name))
    _ = try await store.importTarball(
      download.target, as: version,
      provenance: Provenance(
        source: self.name, location: download.url, file: name, sha256: actual,
        checks: ["SHA-256 in sha256sums.asc", verdict], verification: verification),
      removing: download.target, progress: progress)
  }

  /// Returns the versions in the checksum lists of `v5.x` and up.
  public func versions(progress: Progress) async throws(TreeError) -> [Version] {
    try await cache.whileDownloading(progress: progress, body: listed)
  }

  private func listed() async throws(TreeError) -> [Version] {
    var versions: [Version] = []
    var major = 5
    while true {
      let names: [String: String]
      do throws(TreeError) {
        names = try await checksums(ofMajor: major).checksums
      } catch {
        // The first directory tells whether anybody answers; the last is the one before the first that is missing.
        if major > 5, case .notThere = error { return versions }
        throw error
      }
      versions += names.keys.compactMap { name in
        guard name.hasPrefix("linux-"), name.hasSuffix(".tar.xz") else { return nil }
        return Version(name.dropFirst("linux-".count).dropLast(".tar.xz".count))
      }
      major += 1
    }
  }

  private func directory(_ major: Int) -> String { "\(base)/v\(major).x" }

  /// Returns the SHA-256 of each file in a directory by its name, and what was found of their signature.
  private func checksums(
    ofMajor major: Int
  ) async throws(TreeError) -> (checksums: [String: String], verdict: String, Verification) {
    let list = cache.downloads.appending("sha256sums-\(major).asc")
    // A list grows with every release.
    try? Files.remove(list)
    try? Files.remove(FilePath("\(list).part"))
    try await Download(url: "\(directory(major))/sha256sums.asc", target: list)()
    defer { try? Files.remove(list) }
    let (signature, text) = try await Signature.ofClearSigned(list, keyring: keyring)
    let verdict: String
    var verification = Verification.nothing
    switch signature {
    case .good(let fingerprint):
      verdict = "the signature of sha256sums.asc by \(fingerprint)"
      verification = .signedChecksums
    case .bad(let message): throw .badSignature(file: "\(directory(major))/sha256sums.asc", message: message)
    case .unchecked(let reason): verdict = "not the signature of sha256sums.asc: \(reason)"
    }
    var checksums: [String: String] = [:]
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.count == 2, words[0].utf8.count == 64 { checksums[String(words[1])] = String(words[0]) }
    }
    return (checksums, verdict, verification)
  }
}
