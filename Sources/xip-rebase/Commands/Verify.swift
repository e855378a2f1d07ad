import ArgumentParser
import Host
import KernelTrees
import Reports
import SystemPackage
import VersionMatrix
import XIPKernel

/// Checks the layout of a kernel that was built.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Check the layout of what was built: that it runs from flash, and that all it writes is in RAM.",
    discussion: """
      Example: xip-rebase verify
      """
  )

  @Argument(help: "A directory that `onto` built, or a vmlinux in one. Default: what was built last.")
  var path: String?

  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let (files, kind) = try BuiltKernel.find(path, in: store.cache())
    let checks = try layoutChecks(of: kind, in: files)
    if terminal.json {
      Output.standard.write(try ChecksDocument(checks).json)
    } else {
      let style = terminal.style
      var table = Table(["", "check", "read"])
      for check in checks { table.add([check.passed ? "ok" : "FAIL", check.name, check.read]) }
      for line in table.lines(decorate: { row, column, text in
        guard let row, column == 0 else { return row == nil ? style(text, .bold) : text }
        return style(text, checks[row].passed ? .green : .red)
      }) {
        Output.standard.line(line)
      }
    }
    if !checks.allSatisfy(\.passed) { throw ExitCode(Blame.version.exitCode) }
  }
}

/// A kernel that an earlier command built.
enum BuiltKernel {
  /// Returns the directory and the kernel that `path` names, or the last one built.
  ///
  /// It stays in the cache to the end of the process.
  static func find(_ path: String?, in cache: CacheFolder) throws -> (KernelFiles, KernelKind) {
    let found = try search(path, in: cache)
    _ = Unmanaged.passRetained(try DirectoryHold(found.0.directory))
    return found
  }

  private static func search(_ path: String?, in cache: CacheFolder) throws -> (KernelFiles, KernelKind) {
    let named = path.map { FilePath($0) } ?? Ladder.lastResults(in: cache)
    for kind in KernelKind.allCases {
      let files = KernelFiles(named.removingLastComponent())
      if named.lastComponent == files.vmlinux(kind).lastComponent { return (files, kind) }
    }
    let files = KernelFiles(named)
    guard Files.exists(files.vmlinux(.xip)) else {
      throw ValidationError(
        path == nil
          ? "nothing was built yet; build a kernel with: xip-rebase onto VERSION"
          : "\(named) holds no kernel that xip-rebase built")
    }
    return (files, .xip)
  }
}
