internal import CLibgit2
internal import Host

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
  ///
  /// What both start and end with is left out of the comparison, which hashes all that it is given.
  public static func changes(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [LineChange] {
    let ends = CommonEnds(old, new)
    let middle = (
      Array(old[ends.start..<(old.count - ends.end)]), Array(new[ends.start..<(new.count - ends.end)])
    )
    if middle.0.isEmpty && middle.1.isEmpty { return [] }
    let changes = try wholeChanges(from: middle.0, to: middle.1)
    // A run of lines that ends where the comparison did might have gone further down, as git has it.
    if let last = changes.last,
      slides(last.old, of: middle.0, before: old.suffix(ends.end))
        || slides(last.new, of: middle.1, before: new.suffix(ends.end))
    {
      return try wholeChanges(from: old, to: new)
    }
    return changes.map {
      LineChange(old: $0.old.shifted(by: ends.lines), new: $0.new.shifted(by: ends.lines))
    }
  }

  /// Returns how many lines lie between what two texts start with and what they end with, of the text that has more.
  public static func differingLines(_ old: [UInt8], _ new: [UInt8]) -> Int {
    let ends = CommonEnds(old, new)
    return [old, new].map { text in
      text.withUnsafeBytes { bytes in
        countLineFeeds(in: UnsafeRawBufferPointer(rebasing: bytes[ends.start..<(bytes.count - ends.end)])) + 1
      }
    }.max() ?? 0
  }

  /// Returns whether the lines of `range` stand at the end of `text`, and start like what comes behind it.
  private static func slides(_ range: Range<Int>, of text: [UInt8], before rest: ArraySlice<UInt8>) -> Bool {
    if range.isEmpty || rest.isEmpty { return false }
    let count = text.withUnsafeBytes { countLineFeeds(in: $0) }
    guard count == range.upperBound else { return false }
    // The first of its lines, looked for from the end.
    var start = text.endIndex - 1
    for _ in range {
      start = text[..<start].lastIndex(of: UInt8(ascii: "\n")) ?? -1
    }
    guard let end = text[(start + 1)...].firstIndex(of: UInt8(ascii: "\n")) else { return false }
    return rest.starts(with: text[(start + 1)...end])
  }

  /// Returns what changes from `old` to `new`, in order, as `git diff` and `git blame` show it.
  ///
  /// A run of lines that could stand at several places is put where the indentation makes it look best, which merges
  /// do not do.
  public static func indentedChanges(
    from old: [UInt8], to new: [UInt8]
  ) throws(GitError) -> [LineChange] {
    try wholeChanges(from: old, to: new, flags: GIT_DIFF_INDENT_HEURISTIC.rawValue)
  }

  private static func wholeChanges(
    from old: [UInt8], to new: [UInt8], flags: UInt32 = 0
  ) throws(GitError) -> [LineChange] {
    Library.started
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.context_lines = 0
    options.flags = GIT_DIFF_FORCE_TEXT.rawValue | flags
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

/// How many bytes two texts have in common at their start and at their end, in whole lines.
private struct CommonEnds {
  /// The bytes at the start.
  var start = 0
  /// How many lines these are.
  var lines = 0
  /// The bytes at the end.
  var end = 0

  init(_ old: [UInt8], _ new: [UInt8]) {
    old.withUnsafeBytes { old in
      new.withUnsafeBytes { new in
        let shorter = min(old.count, new.count)
        while start + 8 <= shorter, word(old, start) == word(new, start) { start += 8 }
        while start < shorter, old[start] == new[start] { start += 1 }
        while start > 0, old[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        lines = countLineFeeds(in: UnsafeRawBufferPointer(rebasing: old[..<start]))

        let left = shorter - start
        while end + 8 <= left, word(old, old.count - end - 8) == word(new, new.count - end - 8) { end += 8 }
        while end < left, old[old.count - end - 1] == new[new.count - end - 1] { end += 1 }
        // The line that is cut through, or that the bytes above are the end of, belongs to what differs.
        while end > 0, !startsLine(old, end) || !startsLine(new, end) { end -= 1 }
      }
    }
  }

  private func word(_ text: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  private func startsLine(_ text: UnsafeRawBufferPointer, _ end: Int) -> Bool {
    end == text.count || text[text.count - end - 1] == UInt8(ascii: "\n")
  }
}

extension Range<Int> {
  fileprivate func shifted(by count: Int) -> Range<Int> { (lowerBound + count)..<(upperBound + count) }
}
