public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What keeps a foreign program, such as a kernel's makefiles, from the network and from files that are not its own.
public enum Confinement: Hashable, Sendable {
  /// Bubblewrap, by its path.
  case bubblewrap(FilePath)
  /// Nothing, and why.
  case none(reason: String)

  /// Debian's package with bubblewrap.
  public static let package = "bubblewrap"

  /// Finds out what this machine has, by trying it.
  ///
  /// - Parameter program: Bubblewrap's name, looked up in `PATH`, or its path.
  /// - Returns: What was seen to work, or why nothing does.
  public static func find(_ program: String = "bwrap") async -> Confinement {
    guard let path = Command(program).resolved() else { return .none(reason: "\(program) is not installed") }
    let confinement = Confinement.bubblewrap(path)
    let probe = confinement.applied(to: Command("true"), writable: [])
    do throws(CommandError) {
      _ = try await probe.output(limit: .seconds(120))
      return confinement
    } catch {
      // Containers often forbid what it needs: namespaces of a user's own.
      guard case .failed(_, _, let message) = error,
        let words = message.split(whereSeparator: \.isNewline).last
      else { return .none(reason: "\(error)") }
      return .none(reason: String(words))
    }
  }

  /// Confines `command`: without network, with processes of its own only, every file but those in `writable` read-only.
  ///
  /// Its temporary files go to a file system in memory that ends with it.
  ///
  /// - Parameters:
  ///   - command: The program; its directory is left as it is.
  ///   - writable: Directories that exist.
  /// - Returns: The command that runs it so; the command itself where there is nothing to confine it.
  public func applied(to command: Command, writable: [FilePath]) -> Command {
    guard case .bubblewrap(let path) = self else { return command }
    var confined = command
    confined.program = path.string
    confined.arguments = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for directory in writable.map(Self.real) { confined.arguments += ["--bind", directory, directory] }
    confined.arguments += [
      "--unshare-net", "--unshare-pid", "--unshare-ipc", "--setenv", "TMPDIR", "/dev/shm",
    ]
    confined.arguments += ["--", command.resolved()?.string ?? command.program] + command.arguments
    return confined
  }

  /// Returns `path` without symbolic links: a mount covers what a link leads to, not the link.
  private static func real(_ path: FilePath) -> String {
    guard let resolved = realpath(path.string, nil) else { return path.string }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
