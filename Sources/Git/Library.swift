internal import CLibgit2

/// The state of libgit2 that belongs to the process.
enum Library {
  /// Starts libgit2 at its first use: where it has its network transports it sets up TLS, which costs more than
  /// reading a small repository.
  ///
  /// It is never shut down; handles may outlive any scope that could do so.
  static let started: Void = {
    git_libgit2_init()
    // A repository is opened because the user named it, and no call used here runs anything that its
    // configuration names, which is what the check of its owner guards against.
    _ = libgit2_set_owner_validation(0)
    // Hashing what is read again costs more than reading it; a damaged pack already fails zlib's checksum.
    _ = libgit2_set_strict_hash_verification(0)
    // What is on record has to be there behind a power cut.
    _ = libgit2_set_fsync(1)
  }()
}

extension Repository {
  /// Sets up the process's memory for work on large files; to be called once, before it starts a thread.
  public static func prepareMemory() {
    prepare_memory()
  }

  /// Sets whether every object read is hashed again and compared with its name, in the whole process.
  ///
  /// Off unless set: it is for commands whose job is to verify a store.
  public static func verifyHashes(_ enabled: Bool) {
    Library.started
    _ = libgit2_set_strict_hash_verification(enabled ? 1 : 0)
  }
}
