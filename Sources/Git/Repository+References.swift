internal import CLibgit2
internal import Host
internal import SystemPackage

extension Repository {
  /// Returns the commit that `name` means: a tag first, then a full reference name, then 40 hexadecimal digits.
  ///
  /// - Throws: `GitError.noSuchRevision` when there is none.
  public func commitID(named name: String) throws(GitError) -> ObjectID {
    var id = try target(of: "refs/tags/" + name)
    if id == nil, name.hasPrefix("refs/") { id = try target(of: name) }
    if id == nil, let whole = ObjectID(name), contains(whole) { id = whole }
    guard let id, let commit = try commitID(peeling: id) else { throw .noSuchRevision(name, path) }
    return commit
  }

  /// Returns the object that the reference `name` leads to, or nil when there is no such reference.
  public func target(of name: String) throws(GitError) -> ObjectID? {
    var id = git_oid()
    let code = git_reference_name_to_id(&id, handle, name)
    if code == GIT_ENOTFOUND.rawValue || code == GIT_EINVALIDSPEC.rawValue { return nil }
    try GitError.check(code, "git_reference_name_to_id")
    return ObjectID(id)
  }

  /// Returns the references whose name starts with `prefix`, with what they lead to, sorted by name.
  public func references(under prefix: String) throws(GitError) -> [(name: String, target: ObjectID)] {
    var found: [(name: String, target: ObjectID)] = []
    for name in try referenceNames(under: prefix) {
      if let target = try target(of: name) { found.append((name, target)) }
    }
    return found
  }

  /// Returns the names of the references that start with `prefix`, sorted.
  public func referenceNames(under prefix: String) throws(GitError) -> [String] {
    var iterator: OpaquePointer?
    try GitError.check(
      git_reference_iterator_glob_new(&iterator, handle, prefix + "*"), "git_reference_iterator_glob_new")
    defer { git_reference_iterator_free(iterator) }
    var found: [String] = []
    while true {
      var name: UnsafePointer<CChar>?
      let code = git_reference_next_name(&name, iterator)
      if code == GIT_ITEROVER.rawValue { return found.sorted() }
      try GitError.check(code, "git_reference_next_name")
      if let name { found.append(String(cString: name)) }
    }
  }

  /// A new place for a reference: nil removes it.
  public typealias ReferenceUpdate = (name: String, target: ObjectID?)

  /// Moves references, all or none of them; those that are there already stay.
  ///
  /// Two processes of this tool do so one after the other. So what is left of the locks of references that are the tool's
  /// own, in `refs/heads/xip/` and `refs/xip-rebase/`, is of one that was killed, and goes.
  ///
  /// - Parameters:
  ///   - updates: The names in full, such as `refs/heads/main`, and where they lead from now on.
  ///   - message: What the reference logs say of it.
  /// - Throws: `GitError.library` when another process holds the lock of one of them, or it cannot be written.
  public func update(_ updates: [ReferenceUpdate], message: String) throws(GitError) {
    let common = FilePath(String(cString: git_repository_commondir(handle)))
    var isAlone = true
    var lock: FileLock?
    // Where a file system has no locks, git's own have to do.
    do { lock = try FileLock(waitingForDirectory: common.appending("refs")) } catch { isAlone = false }
    defer { withExtendedLifetime(lock) {} }
    for update in updates where isAlone && Self.isOwn(update.name) {
      try? Files.remove(common.pushing(FilePath("\(update.name).lock")))
    }
    var moves: [ReferenceUpdate] = []
    for update in updates where try target(of: update.name) != update.target { moves.append(update) }
    if moves.isEmpty { return }
    var transaction: OpaquePointer?
    try GitError.check(git_transaction_new(&transaction, handle), "git_transaction_new")
    defer { git_transaction_free(transaction) }
    // libgit2 asks the configuration for an identity to log with, and a machine need not have one.
    var signature: UnsafeMutablePointer<git_signature>?
    try GitError.check(git_signature_now(&signature, "xip-rebase", "xip-rebase"), "git_signature_now")
    defer { git_signature_free(signature) }
    for update in moves {
      try GitError.check(git_transaction_lock_ref(transaction, update.name), "git_transaction_lock_ref")
      if let target = update.target {
        var id = target.raw
        try GitError.check(
          git_transaction_set_target(transaction, update.name, &id, signature, message),
          "git_transaction_set_target")
      } else {
        try GitError.check(git_transaction_remove(transaction, update.name), "git_transaction_remove")
      }
    }
    try GitError.check(git_transaction_commit(transaction), "git_transaction_commit")
  }

  /// Whether no other program moves the reference `name`.
  private static func isOwn(_ name: String) -> Bool {
    name.hasPrefix("refs/heads/xip/") || name.hasPrefix("refs/xip-rebase/")
  }

  /// Follows tag objects to a commit; returns nil when they end at something else.
  private func commitID(peeling id: ObjectID) throws(GitError) -> ObjectID? {
    var raw = id.raw
    var object: OpaquePointer?
    let code = git_object_lookup(&object, handle, &raw, GIT_OBJECT_ANY)
    if code == GIT_ENOTFOUND.rawValue { throw .missingObject(id) }
    try GitError.check(code, "git_object_lookup")
    defer { git_object_free(object) }
    var peeled: OpaquePointer?
    guard git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0 else { return nil }
    defer { git_object_free(peeled) }
    return git_object_id(peeled).map { ObjectID($0.pointee) }
  }
}
