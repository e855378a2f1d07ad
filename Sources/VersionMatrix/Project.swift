public import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The checkout that the tool works from: the series and all else that a result depends on.
public struct Project: Sendable, Hashable {
  /// The checkout's top directory.
  public let root: FilePath

  /// Makes the project at `root`.
  public init(root: FilePath) {
    self.root = root
  }

  /// The five patches.
  public var series: FilePath { root.appending("series") }
  /// The boot shim's sources.
  public var shim: FilePath { root.appending("shim") }
  /// PID 1's sources.
  public var userspace: FilePath { root.appending("userspace") }
  /// The sources of the boots with applications.
  public var applications: FilePath { root.appending("applications") }
  /// The kernel configuration fragments.
  public var configuration: FilePath { root.appending("config") }
  /// The plugin by which boots are measured.
  public var plugin: FilePath { root.appending("measure").appending("trace.c") }
  /// The boards that costs are estimated for.
  public var boards: FilePath { root.appending("boards") }
  /// The record of results.
  public var record: FilePath { root.appending("kernel-versions.json") }
  /// Where rebases wait for their conflicts to be settled, a folder for each version.
  public var conflicts: FilePath { root.appending("conflicts") }
  /// The packages that the tool needs.
  public var packages: FilePath { root.appending("packages.txt") }

  /// The SHA-256 over the sources of the boots with applications, as 64 hexadecimal digits.
  var applicationSources: String {
    get throws(FileFailure) {
      var lines: [String] = []
      for name in try Files.list(applications) where !name.hasSuffix(".md") {
        lines.append("\(name) \(SHA256.hex(of: try Files.read(applications.appending(name))))")
      }
      return SHA256.hex(of: Array(lines.joined(separator: "\n").utf8))
    }
  }

  /// Finds the project that contains the current directory, or else the running program.
  ///
  /// - Returns: The innermost directory on the way up that holds `kernel-versions.json` and `config`.
  /// - Throws: `ProjectError` when there is none.
  public static func containingCurrentDirectory() throws(ProjectError) -> Project {
    var starts: [FilePath] = []
    if let path = getcwd(nil, 0) {
      starts.append(FilePath(String(cString: path)))
      free(path)
    }
    if let program = realpath("/proc/self/exe", nil) {
      starts.append(FilePath(String(cString: program)).removingLastComponent())
      free(program)
    }
    for start in starts {
      var directory = start
      while true {
        let project = Project(root: directory)
        if Files.exists(project.record) && Files.exists(project.configuration) { return project }
        let parent = directory.removingLastComponent()
        if parent == directory || parent.isEmpty { break }
        directory = parent
      }
    }
    throw ProjectError(searched: starts)
  }
}

/// No project where the tool was started.
public struct ProjectError: Failure {
  let searched: [FilePath]

  /// The user's.
  public var blame: Blame { .usage }

  /// Where was searched, and what to do.
  public var description: String {
    let places = searched.map(\.string).joined(separator: " nor ")
    return "neither \(places) lies in a checkout of xip-rebase; start it in one"
  }
}
