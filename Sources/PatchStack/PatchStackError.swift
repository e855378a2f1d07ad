public import Git
public import Host
public import SystemPackage

/// The ways in which work on a stack of patches fails; a conflict is none of them, it is a result.
public enum PatchStackError: Failure {
  /// The series directory, or a file in it, is not as it has to be: the file, the line where there is one, and why.
  case malformed(FilePath, line: Int?, reason: String)
  /// Neither the `series` file nor the command line names the tag that the patches were made for.
  case noBase(FilePath)
  /// The target cannot be decided without the tree of the base tag, and the repository does not have it.
  case baseMissing(tag: String, repository: FilePath)
  /// A patch does not apply to its own base: the line of the patch, and why.
  case doesNotFitBase(FilePath, line: Int, base: String, reason: String)
  /// A file of a conflict is not settled yet: the line of a marker that is left, or nil for a whole file.
  case undecided(FilePath, line: Int?)
  /// A stopped rebase is not as it has to be for what is asked: it is there, or is not, or its series changed.
  case stopped(FilePath, reason: String)
  /// A change of the stack that its patches do not allow: the patch that is in the way, and why.
  case refused(patch: String, reason: String)
  /// The task was cancelled.
  case cancelled
  /// A file could not be read or written.
  case file(FileFailure)
  /// The repository failed.
  case git(GitError)

  /// The user for what a user wrote, else that of the failure beneath.
  public var blame: Blame {
    switch self {
    case .malformed, .noBase, .doesNotFitBase, .undecided, .stopped: .usage
    case .refused: .version
    case .baseMissing: .infrastructure
    case .cancelled: .interruption
    case .file(let failure): failure.blame
    case .git(let failure): failure.blame
    }
  }

  /// The file, the line and the reason.
  public var description: String {
    switch self {
    case .malformed(let path, let line?, let reason):
      "\(path):\(line): \(reason)"
    case .malformed(let path, nil, let reason):
      "\(path): \(reason)"
    case .noBase(let path):
      "\(path): no base tag; start it with a line like \"# base: v6.12.38\", or give --base"
    case .baseMissing(let tag, let repository):
      "\(repository) does not have \(tag), the base of the series; fetch it with: xip-rebase fetch \(tag)"
    case .doesNotFitBase(let path, let line, let base, let reason):
      "\(path):\(line): does not apply to its base \(base): \(reason)"
    case .undecided(let path, let line?):
      "\(path):\(line): a conflict marker is left; settle it, then: xip-rebase continue"
    case .undecided(let path, nil):
      "\(path): not settled; write it, or remove it and the sides beside it, then: xip-rebase continue"
    case .stopped(let path, let reason):
      "\(path): \(reason)"
    case .refused(let patch, let reason):
      "\(patch): \(reason); nothing was changed"
    case .cancelled:
      "interrupted"
    case .file(let failure):
      failure.description
    case .git(let failure):
      failure.description
    }
  }
}
