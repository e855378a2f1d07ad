/// The ways in which running a program fails.
public enum CommandError: Failure {
  /// No program of that name.
  case notFound(program: String)
  /// The program could not be started, or its output not read.
  case notRun(Command, reason: String)
  /// The program did not exit with 0; `message` is what it wrote to standard error.
  case failed(Command, Command.Status, message: String)
  /// The group was killed after `limit`.
  case timedOut(Command, limit: Duration)
  /// The task that ran the program was cancelled.
  case cancelled(Command)

  /// Infrastructure, or interruption for a cancelled task.
  public var blame: Blame {
    if case .cancelled = self { .interruption } else { .infrastructure }
  }

  /// What failed and how, ending with the program's own last words.
  public var description: String {
    switch self {
    case .notFound(let program):
      return "\(program) is not installed; xip-rebase doctor tells what installs it"
    case .notRun(let command, let reason):
      return "\(command.program) could not be run: \(reason)"
    case .failed(let command, .exited(let code), let message):
      return "\(command) exited with \(code)" + lastLine(of: message)
    case .failed(let command, .signalled(let signal), let message):
      return "\(command) was killed by signal \(signal)" + lastLine(of: message)
    case .timedOut(let command, let limit):
      return "\(command) did not end within \(limit.components.seconds) s"
    case .cancelled(let command):
      return "\(command.program) was interrupted"
    }
  }
}

private func lastLine(of message: String) -> String {
  guard let line = message.split(whereSeparator: \.isNewline).last else { return "" }
  return ": \(line)"
}
