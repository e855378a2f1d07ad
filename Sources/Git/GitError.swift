internal import CLibgit2
public import Host
public import SystemPackage

/// The ways in which work on a repository fails.
public enum GitError: Failure {
  /// There is no repository at the path.
  case notARepository(FilePath)
  /// The repository names its objects by SHA-256, which libgit2 1.5 cannot read.
  case sha256Repository(FilePath)
  /// No tag, reference or commit of that name is in the repository.
  case noSuchRevision(String, FilePath)
  /// An object that another one names is not there, as in a clone that was cut short.
  case missingObject(ObjectID)
  /// An object is not what it has to be.
  case malformedObject(ObjectID, expected: String)
  /// Any other failure of libgit2: the function, its return code, and its message, taken on the thread that failed.
  case library(call: String, code: Int32, message: String)

  /// The user for a revision that is not there, else infrastructure.
  public var blame: Blame {
    switch self {
    case .noSuchRevision, .notARepository, .sha256Repository: .usage
    case .missingObject, .malformedObject, .library: .infrastructure
    }
  }

  /// What failed and where.
  public var description: String {
    switch self {
    case .notARepository(let path):
      "\(path) is no git repository"
    case .sha256Repository(let path):
      "\(path) is a SHA-256 repository; only SHA-1 repositories can be read"
    case .noSuchRevision(let name, let path):
      "\(path) has no tag or commit \(name)"
    case .missingObject(let id):
      "git object \(id) is missing; the repository is incomplete, git fsck tells more"
    case .malformedObject(let id, let expected):
      "git object \(id) is not \(expected)"
    case .library(let call, let code, let message):
      "\(call) failed (\(code)): \(message)"
    }
  }
}

extension GitError {
  /// Throws the failure of `call` when `code`, its return value, is negative.
  ///
  /// The message is read here because libgit2 keeps it for the current thread only.
  static func check(_ code: Int32, _ call: StaticString) throws(GitError) {
    guard code < 0 else { return }
    let message = git_error_last().flatMap { $0.pointee.message.map { String(cString: $0) } }
    throw .library(call: "\(call)", code: code, message: message ?? "no message")
  }
}
