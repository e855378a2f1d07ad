public import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The built `xip-rebase`, run as its users run it, in an environment that holds only what the test puts there.
public struct Tool: Sendable {
  /// The checkout's top directory.
  public static let project = FilePath(#filePath)
    .removingLastComponent().removingLastComponent().removingLastComponent()

  /// The program: what `XIP_REBASE` names, else the build that runs the tests.
  public static var path: String {
    if let named = getenv("XIP_REBASE") { return String(cString: named) }
    return debugBuild
  }

  /// The build that runs the tests, which has the points at which a test may kill it.
  public static var debugBuild: String { project.appending(".build/debug/xip-rebase").string }

  /// The program to run.
  public var program = Self.path

  private let directory: FilePath
  private let home: FilePath
  private let environment: [String: String?]

  /// Makes the tool as started in `directory`, with `home` for all that it keeps.
  public init(in directory: FilePath, home: FilePath, environment: [String: String] = [:]) {
    self.directory = directory
    self.home = home
    var sealed: [String: String?] = [
      "HOME": home.string, "XDG_CACHE_HOME": home.appending("cache").string, "LC_ALL": "C",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "NO_COLOR": nil, "TERM": "dumb",
    ]
    for (name, value) in environment { sealed[name] = value }
    self.environment = sealed
  }

  /// Runs the tool with `arguments` to its end.
  public func run(_ arguments: String...) async throws -> Command.Completion {
    try await run(arguments)
  }

  /// Runs the tool with `arguments` to its end.
  public func run(_ arguments: [String]) async throws -> Command.Completion {
    try await Command(program, arguments, environment: environment, in: directory).completion()
  }

  /// Runs the tool on a terminal of that many columns and lines.
  ///
  /// - Returns: How it ended, and all it wrote to both streams.
  public func run(
    _ arguments: [String], onTerminalOf columns: Int, _ lines: Int, named terminal: String = "xterm"
  ) async throws -> (status: Command.Status, text: String) {
    let command = ([program] + arguments).map(shellQuoted).joined(separator: " ")
    var written: [UInt8] = []
    let status = try await Command(
      "script", ["-qec", "stty cols \(columns) rows \(lines); exec \(command)", "/dev/null"],
      environment: environment.merging(["TERM": terminal, "SHELL": "/bin/sh"]) { $1 }, in: directory
    ).run { piece in piece.withUnsafeBytes { written.append(contentsOf: $0) } }
    return (status, String(decoding: written, as: UTF8.self))
  }

  /// Runs the tool and calls `body` with all that it wrote so far, whenever it wrote something.
  ///
  /// - Returns: How it ended, and all it wrote to both streams.
  public func run(
    _ arguments: [String], watching body: (String) -> Void
  ) async throws -> (status: Command.Status, text: String) {
    var written = ""
    let status = try await Command(program, arguments, environment: environment, in: directory).run { piece in
      piece.withUnsafeBytes { written += String(decoding: $0, as: UTF8.self) }
      body(written)
    }
    return (status, written)
  }

  /// What a run on a terminal left.
  public struct TerminalRun: Sendable {
    /// How the tool ended.
    public let status: Command.Status
    /// All it wrote to both streams.
    public let text: String
    /// Whether the terminal's modes are those from before.
    public let isRestored: Bool
  }

  /// Runs the tool on a terminal, and sends it `signals` once there is something at `marker`.
  ///
  /// - Parameters:
  ///   - arguments: Of a command that shows what it does while it runs; at each piece of that the marker is looked for.
  ///   - columns: The width of the terminal.
  ///   - lines: Its height.
  ///   - signals: The signals, each sent at another piece.
  ///   - marker: What has to be there.
  /// - Returns: What it left.
  /// - Throws: `CommandError` and `FileFailure` when it cannot be run.
  public func run(
    _ arguments: [String], onTerminalOf columns: Int, _ lines: Int, sending signals: [Int32],
    when marker: FilePath
  ) async throws -> TerminalRun {
    let command = ([program] + arguments).map(shellQuoted).joined(separator: " ")
    let place = home.appending("terminal")
    // The shell stays, to look at the modes behind the tool; that gets the default for what the shell heeds.
    let script = """
      trap : INT TERM HUP; stty cols \(columns) rows \(lines); stty -a >\(place)-before
      sh -c 'echo $$ >\(place)-number; exec "$@"' sh \(command); code=$?
      stty -a >\(place)-after; exit $code
      """
    var written: [UInt8] = []
    var rest = signals[...]
    let status = try await Command(
      "script", ["-qec", script, "/dev/null"],
      environment: environment.merging(["TERM": "xterm", "SHELL": "/bin/sh"]) { $1 }, in: directory
    ).run { piece in
      piece.withUnsafeBytes { written.append(contentsOf: $0) }
      guard !rest.isEmpty, Files.exists(marker),
        let number = try? Files.read(FilePath("\(place)-number")),
        let tool = Int32(String(decoding: number.dropLast(), as: UTF8.self))
      else { return }
      // Each at a piece of its own: what it wrote for the one before is read first.
      rest.popFirst().map { _ = kill(tool, $0) }
    }
    return TerminalRun(
      status: status, text: String(decoding: written, as: UTF8.self),
      isRestored: try Files.read(FilePath("\(place)-before")) == Files.read(FilePath("\(place)-after")))
  }

  /// Runs the tool and sends it `signal` as soon as what it writes contains `text`.
  ///
  /// - Returns: How it ended, and all it wrote to both streams.
  public func run(
    _ arguments: [String], sending signal: Int32, at text: String
  ) async throws -> (status: Command.Status, text: String) {
    // The shell becomes the tool, so the number it prints first is the tool's.
    let command = Command(
      "sh", ["-c", "echo $$; exec \"$@\"", "sh", program] + arguments, environment: environment,
      in: directory)
    var written = ""
    var isSent = false
    let status = try await command.run { piece in
      piece.withUnsafeBytes { written += String(decoding: $0, as: UTF8.self) }
      guard !isSent, written.contains(text),
        let number = written.split(separator: "\n").first.flatMap({ Int32($0) })
      else { return }
      isSent = true
      kill(number, signal)
    }
    return (status, String(written.drop { $0 != "\n" }.dropFirst()))
  }

  /// Runs the tool and kills it outright as soon as there is something at `marker`.
  public func run(_ arguments: [String], sendingKillWhen marker: FilePath) async throws -> Command.Status {
    let script = """
      "$@" & tool=$!
      until [ -e "$MARKER" ]; do kill -0 $tool || break; sleep 0.02; done
      kill -KILL $tool; wait $tool
      """
    return try await Command(
      "sh", ["-c", script, "sh", program] + arguments,
      environment: environment.merging(["MARKER": marker.string]) { $1 }, in: directory
    ).run(limit: .seconds(1800)) { _ in }
  }
}
