internal import Git
public import SystemPackage

/// One patch of a series.
public struct Patch: Sendable {
  /// Its name in the series.
  public let name: String
  /// The file it was read from.
  public let file: FilePath
  /// The file's bytes.
  public let original: [UInt8]
  /// The bytes that were parsed: those of the file, without the carriage returns that a mailer added to every line.
  let content: [UInt8]
  /// Who wrote it, when, and why.
  public let message: PatchMessage
  /// What it does, file by file; none for a patch that only says something.
  public let changes: [FilePatch]
  /// The bytes before the first file's header: mail header, message, statistics.
  let prologue: Range<Int>
  /// The bytes behind the last hunk, such as a mail's signature.
  let epilogue: Range<Int>
  /// How the series told to read it.
  public let strip: Int
  /// Whether the series told to apply it in reverse.
  public let isReversed: Bool
  /// The paths that it moves away or deletes.
  private let vacated: Set<TreePath>

  /// Makes a patch of its parts.
  init(
    name: String, file: FilePath, original: [UInt8], content: [UInt8], message: PatchMessage,
    changes: [FilePatch], prologue: Range<Int>, epilogue: Range<Int>, strip: Int, isReversed: Bool
  ) {
    self.name = name
    self.file = file
    self.original = original
    self.content = content
    self.message = message
    self.changes = changes
    self.prologue = prologue
    self.epilogue = epilogue
    self.strip = strip
    self.isReversed = isReversed
    vacated = Set(
      changes.compactMap { file in
        switch file.change {
        case .rename(let from, _): from
        case .delete(let old): old
        case .create, .modify, .copy: nil
        }
      })
  }

  /// Returns whether the patch moves away or deletes what stands at `path`.
  func vacates(_ path: TreePath) -> Bool { vacated.contains(path) }

  /// Returns the patch under another name.
  func named(_ name: String) -> Patch {
    Patch(
      name: name, file: file, original: original, content: content, message: message, changes: changes,
      prologue: prologue, epilogue: epilogue, strip: strip, isReversed: isReversed)
  }
}
