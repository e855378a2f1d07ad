internal import CLibgit2

extension TextDiff {
  /// Returns what changes from `old` to `new`, in order, as `git diff` and `git blame` show it: a run of lines that
  /// could stand at several places is put where the indentation makes it look best, which merges do not do.
  public static func indentedChanges(
    from old: [UInt8], to new: [UInt8]
  ) throws(GitError) -> [LineChange] {
    Library.started
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.context_lines = 0
    options.flags = GIT_DIFF_FORCE_TEXT.rawValue | GIT_DIFF_INDENT_HEURISTIC.rawValue
    var patch: OpaquePointer?
    let code = old.withUnsafeBytes { old in
      new.withUnsafeBytes { new in
        git_patch_from_buffers(
          &patch, old.baseAddress, old.count, nil, new.baseAddress, new.count, nil, &options)
      }
    }
    try GitError.check(code, "git_patch_from_buffers")
    defer { git_patch_free(patch) }
    var changes: [LineChange] = []
    for index in 0..<git_patch_num_hunks(patch) {
      var hunk: UnsafePointer<git_diff_hunk>?
      try GitError.check(git_patch_get_hunk(&hunk, nil, patch, index), "git_patch_get_hunk")
      guard let hunk = hunk?.pointee else { continue }
      changes.append(
        LineChange(
          old: lines(hunk.old_start, hunk.old_lines), new: lines(hunk.new_start, hunk.new_lines)))
    }
    return changes
  }

  /// A unified diff numbers an empty range by the line before it.
  private static func lines(_ start: Int32, _ count: Int32) -> Range<Int> {
    let first = count == 0 ? Int(start) : Int(start) - 1
    return first..<(first + Int(count))
  }
}
