public import SystemPackage

/// A file or directory that could not be read, written or made.
public struct FileFailure: Failure {
  /// What was tried, as in "cannot *write* …".
  public let action: String
  /// The file or directory.
  public let path: FilePath
  /// Why the system refused.
  public let reason: Errno

  /// Makes the failure to do `action` on `path`.
  public init(_ action: String, _ path: FilePath, _ reason: Errno) {
    self.action = action
    self.path = path
    self.reason = reason
  }

  /// Always infrastructure.
  public var blame: Blame { .infrastructure }

  /// The path, the system's reason, and what to do where that is known.
  public var description: String {
    let hint =
      switch reason {
      case .noSpace: "; make room there or name another place with XDG_CACHE_HOME"
      case .permissionDenied, .readOnlyFileSystem: "; name a place that can be written"
      default: ""
      }
    return "cannot \(action) \(path): \(reason)\(hint)"
  }
}
