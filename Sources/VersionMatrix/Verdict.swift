public import Host

/// How a version's climb ended.
///
/// Text, colour, JSON and exit code derive from this value.
public enum Verdict: String, Codable, Sendable {
  /// Every rung asked for was reached.
  case pass
  /// The kernel or the series is at fault.
  case fail
  /// The climb could not be finished, which says nothing about the kernel.
  case error

  /// The verdict on a climb that ended with a failure to blame on `blame`.
  public init(_ blame: Blame) {
    self = blame == .version ? .fail : .error
  }

  /// The exit code of a command whose results carry `verdicts`: a failed version outweighs an unfinished one.
  public static func exitCode(of verdicts: some Sequence<Verdict>) -> Int32 {
    var code: Int32 = 0
    for verdict in verdicts {
      switch verdict {
      case .pass: break
      case .fail: return Blame.version.exitCode
      case .error: code = Blame.infrastructure.exitCode
      }
    }
    return code
  }
}
