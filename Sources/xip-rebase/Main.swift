import ArgumentParser
import Host
import PatchStack

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Parses the arguments, runs the command in a task that Ctrl-C cancels, and turns its end into an exit code.
@main
enum Main {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    Check.prepareMemory()
    let task = Task.detached { await run() }
    let interruption = Interruption { task.cancel() }
    let code = await task.value
    interruption.end()
    exit(code)
  }

  /// Runs the command of the process's arguments, and returns the exit code.
  private static nonisolated func run() async -> Int32 {
    do {
      var command = try XIPRebase.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return 0
    } catch {
      return exitCode(of: error)
    }
  }

  /// Says what went wrong, and returns the exit code for it.
  private static nonisolated func exitCode(of error: any Error) -> Int32 {
    if let code = Interruption.exitCode { return code }
    switch error {
    case let code as ExitCode:
      return code.rawValue
    case let failure as any Failure:
      Output.error.line("xip-rebase: \(failure)")
      return failure.blame.exitCode
    default:
      // Help is a success; the parser's own code for a wrong command line is 64, this tool's is 2.
      let code = XIPRebase.exitCode(for: error)
      (code == .success ? Output.standard : Output.error).line(XIPRebase.fullMessage(for: error))
      switch code {
      case .success: return 0
      case .validationFailure: return Blame.usage.exitCode
      default: return Blame.infrastructure.exitCode
      }
    }
  }
}
