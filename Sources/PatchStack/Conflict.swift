/// One place where a patch and the target do not agree.
public struct Conflict: Codable, Hashable, Sendable {
  /// What the disagreement is about.
  public enum Kind: String, Codable, Hashable, Sendable {
    /// Both changed the same lines.
    case content
    /// Both changed a file that is no text.
    case binary
    /// The patch creates a file that the target has with another content.
    case addedOnBothSides = "added-on-both-sides"
    /// The patch changes a file that the target does not have any more.
    case deletedInTarget = "deleted-in-target"
    /// The patch deletes a file that the target changed.
    case deletedInPatch = "deleted-in-patch"
    /// A file stands where the other side has a directory.
    case directoryAndFile = "directory-and-file"
    /// A file on one side is a symbolic link or submodule on the other.
    case type
    /// Both moved a submodule, to different commits.
    case submodule
    /// Both changed the mode.
    case mode
    /// Both moved the file, to different places.
    case renamedTwice = "renamed-twice"
  }

  /// The name of the patch in its series.
  public let patch: String
  /// The file in the target.
  public let path: String
  /// The line of the target's file where it starts, counted from 1, or nil when it concerns the whole file.
  public let line: Int?
  /// What the disagreement is about.
  public let kind: Kind
  /// What else helps to decide, such as that both differ in white space only.
  public let note: String?

  /// Makes a conflict.
  public init(patch: String, path: String, line: Int?, kind: Kind, note: String? = nil) {
    self.patch = patch
    self.path = path
    self.line = line
    self.kind = kind
    self.note = note
  }

  /// The patch, the file, the line and what it is about.
  public func description(target: String) -> String {
    let place = line.map { "\(path):\($0)" } ?? path
    let what =
      switch kind {
      case .content: "conflict with \(target)"
      case .binary: "both the patch and \(target) change a file that is no text"
      case .addedOnBothSides: "\(target) adds this file too, with another content"
      case .deletedInTarget: "\(target) does not have this file any more"
      case .deletedInPatch: "the patch deletes this file, \(target) changed it"
      case .directoryAndFile: "a file on one side is a directory on the other"
      case .type: "a file on one side is a symbolic link or submodule on the other"
      case .submodule: "both the patch and \(target) move this submodule to another commit"
      case .mode: "both the patch and \(target) change the mode"
      case .renamedTwice: "\(target) moved this file to another place than the patch"
      }
    return "\(patch): \(place): \(what)" + (note.map { " (\($0))" } ?? "")
  }
}
