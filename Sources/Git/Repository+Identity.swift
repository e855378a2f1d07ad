internal import CLibgit2

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Repository {
  /// Returns who the user is and what time it is, as git would write it into a commit; nil where nothing tells.
  ///
  /// The environment's `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL` go before the configuration.
  public func author() -> Signature? {
    let now = Int64(time(nil))
    if let name = getenv("GIT_AUTHOR_NAME"), let email = getenv("GIT_AUTHOR_EMAIL") {
      return Signature(
        name: Array(String(cString: name).utf8), email: Array(String(cString: email).utf8), seconds: now,
        offset: 0)
    }
    var signature: UnsafeMutablePointer<git_signature>?
    guard git_signature_default(&signature, handle) == 0, let found = signature?.pointee else { return nil }
    defer { git_signature_free(signature) }
    return Signature(
      name: Array(String(cString: found.name).utf8), email: Array(String(cString: found.email).utf8),
      seconds: now,
      offset: Int(found.when.offset))
  }
}
