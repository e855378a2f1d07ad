public import Git

/// What a patch does to one file.
public struct FilePatch: Hashable, Sendable {
  /// The kind of change.
  public enum Change: Hashable, Sendable {
    case modify(TreePath)
    case create(TreePath)
    case delete(TreePath)
    case rename(from: TreePath, to: TreePath)
    case copy(from: TreePath, to: TreePath)
  }

  /// The change of the content.
  public enum Content: Hashable, Sendable {
    /// Hunks of text; none when only the name or the mode changes.
    case text([Hunk])
    /// A `GIT binary patch`.
    case binary(BinaryChange)
  }

  /// What happens to which path.
  public let change: Change
  /// The mode before, where the patch tells.
  public let oldMode: EntryMode?
  /// The mode after, where the patch tells.
  public let newMode: EntryMode?
  /// The hexadecimal digits of the old blob on the `index` line, often shortened.
  public let oldID: String?
  /// The digits of the new blob.
  public let newID: String?
  /// The change of the content.
  public let content: Content
  /// The number of its first line in the patch file.
  public let number: Int
  /// The bytes of the header lines in the patch.
  let header: Range<Int>
  /// The bytes of the header and the content in the patch.
  let range: Range<Int>

  /// The path read, nil for a creation.
  public var oldPath: TreePath? {
    switch change {
    case .modify(let path), .delete(let path), .rename(let path, _), .copy(let path, _): path
    case .create: nil
    }
  }

  /// The path written, nil for a deletion.
  public var newPath: TreePath? {
    switch change {
    case .modify(let path), .create(let path), .rename(_, let path), .copy(_, let path): path
    case .delete: nil
    }
  }

  /// The path to name in messages.
  var path: TreePath {
    switch change {
    case .modify(let path), .create(let path), .delete(let path), .rename(_, let path), .copy(_, let path):
      path
    }
  }

  /// The hunks; none for a binary change.
  var hunks: [Hunk] { if case .text(let hunks) = content { hunks } else { [] } }
}
