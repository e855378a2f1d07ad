internal import CLibgit2

/// One run of lines that differs between two texts.
public struct LineChange: Hashable, Sendable {
  /// The lines of the old text that go, counted from 0; empty, before the line of that number, for an insertion.
  public let old: Range<Int>
  /// The lines of the new text that come.
  public let new: Range<Int>
}

/// The differences of texts by lines.
public enum TextDiff {
  /// Returns what changes from `old` to `new`, in order, as git's default algorithm sees it.
  public static func changes(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [LineChange] {
    Library.started
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.context_lines = 0
    options.flags = GIT_DIFF_FORCE_TEXT.rawValue
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
          old: range(hunk.old_start, hunk.old_lines), new: range(hunk.new_start, hunk.new_lines)))
    }
    return changes
  }

  /// A unified diff numbers an empty range by the line before it.
  private static func range(_ start: Int32, _ count: Int32) -> Range<Int> {
    let first = count == 0 ? Int(start) : Int(start) - 1
    return first..<(first + Int(count))
  }

  /// Returns the hunks of a unified diff with three lines of context: the `@@` lines and what follows them.
  public static func unified(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [UInt8] {
    Library.started
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.context_lines = 3
    options.flags = GIT_DIFF_FORCE_TEXT.rawValue | GIT_DIFF_INDENT_HEURISTIC.rawValue
    var patch: OpaquePointer?
    let code = old.withUnsafeBytes { old in
      new.withUnsafeBytes { new in
        git_patch_from_buffers(
          &patch, old.baseAddress, old.count, "f", new.baseAddress, new.count, "f", &options)
      }
    }
    try GitError.check(code, "git_patch_from_buffers")
    defer { git_patch_free(patch) }
    var buffer = git_buf()
    try GitError.check(git_patch_to_buf(&buffer, patch), "git_patch_to_buf")
    defer { git_buf_dispose(&buffer) }
    let text = Array(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
    // The header that libgit2 writes is for the names of the buffers, which have none.
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first(where: { $0.starts(with: "@@ -".utf8) }) else { return [] }
    return Array(text[first.startIndex...])
  }
}
