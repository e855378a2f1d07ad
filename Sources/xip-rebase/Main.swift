import ArgumentParser
import Host

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
    var command: any ParsableCommand
    do {
      command = try XIPRebase.parseAsRoot()
    } catch {
      // The parser's own code for a wrong command line is 64; this tool's is 2.
      let code = XIPRebase.exitCode(for: error)
      let isHelp = code == .success
      (isHelp ? Output.standard : Output.error).line(XIPRebase.fullMessage(for: error))
      exit(isHelp ? 0 : Blame.usage.exitCode)
    }
    let parsed = command
    let task = Task { () -> Int32 in
      do {
        var command = parsed
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
        return 0
      } catch {
        return code(of: error)
      }
    }
    let interruption = Interruption { task.cancel() }
    let code = await task.value
    interruption.end()
    exit(code)
  }

  /// Says what went wrong, and returns the exit code for it.
  private static func code(of error: any Error) -> Int32 {
    if Interruption.hasHappened { return Blame.interruption.exitCode }
    switch error {
    case let code as ExitCode:
      return code.rawValue
    case let failure as any Failure:
      Output.error.line("xip-rebase: \(failure)")
      return failure.blame.exitCode
    default:
      let code = XIPRebase.exitCode(for: error)
      let message = XIPRebase.message(for: error)
      if code == .success {
        Output.standard.line(message)
        return 0
      }
      Output.error.line("xip-rebase: \(message)")
      return code == .validationFailure ? Blame.usage.exitCode : Blame.infrastructure.exitCode
    }
  }
}
