import Host
import PatchStack

/// A command that needs a series without conflicts met some.
struct Conflicted: Failure {
  let result: RebaseResult

  init(_ result: RebaseResult) { self.result = result }

  var blame: Blame { .version }

  var description: String {
    let conflicts = result.conflicts.map { $0.description(target: result.target) }
    return conflicts.joined(separator: "\n")
      + "\nsettle them with: xip-rebase onto \(result.target) --rebase-only"
  }
}
