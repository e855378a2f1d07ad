public import SystemPackage

/// The list of packages that the tool needs beyond the system and Swift, one a line of `packages.txt`.
public struct RequiredPackages: Sendable {
  /// One package.
  public struct Package: Hashable, Sendable {
    /// Debian's name for it.
    public let name: String
    /// What shows that it is there: `pkg-config:MODULE`, a path, or a program's name.
    public let probe: String
    /// What it is for.
    public let purpose: String

    /// Returns whether the probe finds it.
    public func isInstalled() async -> Bool {
      if let module = probe.dropPrefix("pkg-config:") {
        return (try? await Command("pkg-config", ["--exists", module]).completion().status.isSuccess) ?? false
      }
      return probe.hasPrefix("/") ? Files.exists(FilePath(probe)) : Command(probe).resolved() != nil
    }
  }

  /// The packages in the order of the list.
  public let packages: [Package]

  /// Reads the list at `path`: a name, a probe and a purpose a line; `#` starts a comment line.
  ///
  /// - Throws: `RequiredPackagesError` for a file that cannot be read or a line without all three.
  public init(_ path: FilePath) throws(RequiredPackagesError) {
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path)
    } catch {
      throw .unreadable(error)
    }
    var packages: [Package] = []
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      if words.isEmpty || line.hasPrefix("#") { continue }
      guard words.count == 3 else { throw .malformed(path, line: number + 1) }
      packages.append(
        Package(
          name: String(words[0]), probe: String(words[1]),
          purpose: String(words[2].drop { $0 == " " })))
    }
    self.packages = packages
  }
}

/// What is wrong with the list of packages.
public enum RequiredPackagesError: Failure {
  /// The list cannot be read.
  case unreadable(FileFailure)
  /// A line does not hold a name, a probe and a purpose.
  case malformed(FilePath, line: Int)

  /// The user's for a malformed list.
  public var blame: Blame {
    switch self {
    case .unreadable(let failure): failure.blame
    case .malformed: .usage
    }
  }

  /// File and line.
  public var description: String {
    switch self {
    case .unreadable(let failure): failure.description
    case .malformed(let path, let line): "\(path):\(line): expected a package, a probe and a purpose"
    }
  }
}

extension String {
  fileprivate func dropPrefix(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
