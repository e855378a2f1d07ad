public import Host

/// What is there of what the tool needs, as a JSON document for programs:
/// `{"schema":1,"packages":[{"name","probe","purpose","isInstalled"}],"command"}`.
public struct DoctorDocument: Codable, Sendable {
  /// A package.
  public struct Package: Codable, Sendable {
    /// What Debian calls it.
    public let name: String
    /// The program, file or pkg-config module that shows it is there.
    public let probe: String
    /// What it is for.
    public let purpose: String
    /// Whether it is there.
    public let isInstalled: Bool
  }

  /// The number of the document's format.
  public var schema = 1
  /// The packages in the order of their list.
  public let packages: [Package]
  /// The command that installs what is missing; nil when nothing is, or where there is no apt-get.
  public let command: String?

  /// Makes the document of packages, each with whether it is there.
  public init(_ packages: [(package: RequiredPackages.Package, isInstalled: Bool)], command: String?) {
    self.packages = packages.map { package, isInstalled in
      Package(
        name: package.name, probe: package.probe, purpose: package.purpose, isInstalled: isInstalled)
    }
    self.command = command
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
