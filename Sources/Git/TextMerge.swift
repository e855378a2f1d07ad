internal import CLibgit2

/// The three-way merge of one text.
public struct TextMerge: Sendable {
  /// The merged text; where both sides changed the same lines it holds both, and the base's, between markers.
  public let content: [UInt8]
  /// Whether nothing is left to decide.
  public let isClean: Bool
  /// The length of the markers; no line of the three texts starts with a word that could be taken for one.
  public let markerSize: Int

  /// What the markers of a conflict call the three texts.
  public struct Labels: Hashable, Sendable {
    let base: String
    let ours: String
    let theirs: String

    /// Makes labels.
    public init(base: String, ours: String, theirs: String) {
      self.base = base
      self.ours = ours
      self.theirs = theirs
    }
  }

  /// Which side a conflicting region takes.
  public enum Favor: Sendable {
    /// Neither: the region is left between markers.
    case none
    case ours, theirs
  }

  /// Merges what `ours` and `theirs` made of `base`; nil stands for a base that neither side had.
  public init(
    base: [UInt8]?, ours: [UInt8], theirs: [UInt8], labels: Labels, favor: Favor = .none
  ) throws(GitError) {
    Library.started
    let size = unusedMarkerSize(in: [base ?? [], ours, theirs])
    var result = git_merge_file_result()
    var options = git_merge_file_options()
    git_merge_file_options_init(&options, UInt32(GIT_MERGE_FILE_OPTIONS_VERSION))
    options.flags = GIT_MERGE_FILE_STYLE_DIFF3.rawValue
    options.marker_size = UInt16(clamping: size)
    options.favor =
      switch favor {
      case .none: GIT_MERGE_FILE_FAVOR_NORMAL
      case .ours: GIT_MERGE_FILE_FAVOR_OURS
      case .theirs: GIT_MERGE_FILE_FAVOR_THEIRS
      }
    let code = labels.base.withCString { baseLabel in
      labels.ours.withCString { ourLabel in
        labels.theirs.withCString { theirLabel in
          options.ancestor_label = baseLabel
          options.our_label = ourLabel
          options.their_label = theirLabel
          return withInput(base) { base in
            withInput(ours) { ours in
              withInput(theirs) { theirs in git_merge_file(&result, base, ours, theirs, &options) }
            }
          }
        }
      }
    }
    try GitError.check(code, "git_merge_file")
    defer { git_merge_file_result_free(&result) }
    content = Array(UnsafeRawBufferPointer(start: result.ptr, count: result.len))
    isClean = result.automergeable != 0
    markerSize = size
  }
}

private func withInput<Result>(
  _ text: [UInt8]?, _ body: (UnsafePointer<git_merge_file_input>?) -> Result
) -> Result {
  guard let text else { return body(nil) }
  return text.withUnsafeBytes { bytes in
    var input = git_merge_file_input()
    git_merge_file_input_init(&input, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
    input.ptr = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    input.size = bytes.count
    return withUnsafePointer(to: input) { body($0) }
  }
}

/// Returns a length of marker that no line of the texts has: git's own 7 in all but odd files.
private func unusedMarkerSize(in texts: [[UInt8]]) -> Int {
  var used: Set<Int> = []
  for text in texts {
    text.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        var end = index
        switch bytes[index] {
        case UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "|"):
          while end < bytes.count, bytes[end] == bytes[index] { end += 1 }
          if end == bytes.count || bytes[end] <= UInt8(ascii: " ") { used.insert(end - index) }
        default: break
        }
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        index = end + 1
      }
    }
  }
  var size = 7
  while used.contains(size) { size += 1 }
  return size
}
