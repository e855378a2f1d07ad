internal import CLibgit2

/// The state of libgit2 that belongs to the process.
enum Library {
  /// Starts libgit2 at its first use: it sets up TLS, which costs more than reading a small repository.
  ///
  /// It is never shut down; handles may outlive any scope that could do so.
  static let started: Void = {
    // Files of a megabyte are read, changed and dropped one after the other; having the kernel clear the pages for
    // each of them costs as much as the work.
    keep_freed_memory()
    git_libgit2_init()
    // A repository is opened because the user named it, and no call used here runs anything that its
    // configuration names, which is what the check of its owner guards against.
    _ = libgit2_set_owner_validation(0)
    // Hashing what is read again costs more than reading it; a damaged pack already fails zlib's checksum.
    _ = libgit2_set_strict_hash_verification(0)
  }()
}

extension Repository {
  /// Starts libgit2, which the first opening of a repository does otherwise.
  public static func prepare() {
    Library.started
  }

  /// Sets whether every object read is hashed again and compared with its name, in the whole process.
  ///
  /// Off unless set: it is for commands whose job is to verify a store.
  public static func verifyHashes(_ enabled: Bool) {
    Library.started
    _ = libgit2_set_strict_hash_verification(enabled ? 1 : 0)
  }
}
