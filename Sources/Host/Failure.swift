/// An error that ends a job, with the party at fault, from which the exit code derives.
///
/// Its description names the thing, the place and the next step.
public protocol Failure: Error, CustomStringConvertible, Sendable {
  /// Who has to act for the next run to end otherwise.
  var blame: Blame { get }
}

/// The party at fault when a job does not pass.
public enum Blame: String, Sendable, Codable {
  /// The kernel version or the series: a conflict, a compile error, a wrong layout, a bad boot.
  case version
  /// The command line, or a file that its user wrote.
  case usage
  /// The machine: a missing tool, no network, a full disk.
  case infrastructure
  /// The user, with Ctrl-C or a signal.
  case interruption

  /// The exit code of a command that ends with this blame.
  public var exitCode: Int32 {
    switch self {
    case .version: 1
    case .usage: 2
    case .infrastructure: 3
    case .interruption: 130
    }
  }
}
