public import Host
public import SystemPackage
public import Versions

/// The ways in which a kernel tree cannot be had.
public enum TreeError: Failure {
  /// A source that was asked, and why it could not give the version.
  public struct Attempt: Hashable, Sendable {
    /// The name of the source.
    public let source: String
    /// What it answered, as a fragment of a sentence.
    public let reason: String

    /// Makes the attempt at `source` that ended for `reason`.
    public init(source: String, reason: String) {
      self.source = source
      self.reason = reason
    }
  }

  /// A program failed.
  case command(CommandError)
  /// A file could not be read or written.
  case file(FileFailure)
  /// `--repo` names no git repository; `message` is git's.
  case notARepository(FilePath, message: String)
  /// A source does not have the version, or does not answer; the next one is tried.
  case notThere(reason: String)
  /// No source has the version; `below` and `above` are the nearest versions that can be had.
  case unavailable(Version, attempts: [Attempt], below: Version?, above: Version?)
  /// A download is not what its publisher says it is.
  case wrongChecksum(file: String, expected: String, actual: String)
  /// A signature that does not fit what it signs.
  case badSignature(file: String, message: String)
  /// A tarball that ends early or cannot be unpacked.
  case brokenTarball(FilePath, reason: String)
  /// A tarball with a member that belongs in no source tree.
  case refusedMember(FilePath, member: String, reason: String)
  /// A tarball, or a tag, of another version than asked for.
  case otherVersion(String, wanted: Version, found: String)
  /// A tree that nobody's signature vouches for, where one was asked for.
  case unverified(Version, source: String)
  /// The store has no such commit.
  case noSuchCommit(String, in: FilePath)
  /// The work was interrupted.
  case cancelled

  /// Infrastructure, but for a wrong `--repo` and for interruption.
  public var blame: Blame {
    switch self {
    case .command(let error): error.blame
    case .notARepository: .usage
    case .cancelled: .interruption
    default: .infrastructure
    }
  }

  /// What is at fault, where, and what to do about it.
  public var description: String {
    switch self {
    case .command(let error): return error.description
    case .file(let error): return error.description
    case .notARepository(let path, let message):
      return "\(path) is not a git repository (\(message)); name a clone with --repo, or leave it out"
    case .notThere(let reason): return reason
    case .unavailable(let version, let attempts, let below, let above):
      let tried = attempts.map { "\n  \($0.source): \($0.reason)" }.joined()
      let nearest =
        switch (below, above) {
        case (let below?, let above?): "nearest that can be had: \(below.tag) and \(above.tag)"
        case (let near?, nil), (nil, let near?): "nearest that can be had: \(near.tag)"
        case (nil, nil): "no other version can be had either; give a clone that has it with --repo"
        }
      return "\(version.tag) cannot be had:\(tried)\n  \(nearest)"
    case .wrongChecksum(let file, let expected, let actual):
      return "\(file) has SHA-256 \(actual) instead of \(expected); it was removed, fetch it again"
    case .badSignature(let file, let message):
      return "the signature of \(file) is bad (\(message)); do not use it"
    case .brokenTarball(let path, let reason):
      return "\(path) is not a whole tarball: \(reason); remove it and fetch it again"
    case .refusedMember(let path, let member, let reason):
      return "\(path): member \(member) \(reason); nothing of it was kept"
    case .otherVersion(let thing, let wanted, let found):
      return "\(thing) holds Linux \(found), not \(wanted); nothing of it was kept"
    case .unverified(let version, let source):
      return
        "\(version.tag), \(source), has no signature that was checked: import the signer's key and fetch it anew, or leave out --require-verified"
    case .noSuchCommit(let commit, let store):
      return "\(store) has no commit \(commit); fetch its version first"
    case .cancelled: return "interrupted"
    }
  }
}

extension TreeError {
  /// Wraps what `Command` throws; a disk that filled up under the program is told as that.
  init(_ error: CommandError, writing place: FilePath) {
    switch error {
    case .cancelled: self = .cancelled
    case .failed(_, _, let message) where TreeError.tellsOfFullDisk(message) || isNearlyFull(place):
      self = .file(FileFailure("write", place, .noSpace))
    default: self = .command(error)
    }
  }

  /// Returns whether a program's last words say that the disk is full.
  static func tellsOfFullDisk(_ message: String) -> Bool {
    ["No space left on device", "Out of diskspace", "enough free space", "Disk quota exceeded"].contains {
      message.contains($0)
    }
  }

  /// Returns whether a program's last words say that the machine could not read a file.
  static func tellsOfFailedReading(_ message: String) -> Bool {
    ["Input/output error", "error occurred while reading"].contains { message.contains($0) }
  }

  /// Whether another source could do better.
  var isOfItsSource: Bool {
    switch self {
    case .notThere, .wrongChecksum, .badSignature, .brokenTarball, .refusedMember, .otherVersion: true
    case .command(let error): error.blame != .interruption
    default: false
    }
  }
}
