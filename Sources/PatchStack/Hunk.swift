/// A run of lines that a patch changes, with the unchanged lines around them.
public struct Hunk: Hashable, Sendable {
  /// What a line of a hunk is.
  public enum Role: Hashable, Sendable {
    case context, removed, added
  }

  /// One line with its line feed, which only the last line of a file may lack.
  public struct Line: Hashable, Sendable {
    /// Whether the line stays, goes or comes.
    public let role: Role
    /// Its bytes.
    public let text: ArraySlice<UInt8>
  }

  /// The number of its first line in the old file, counted from 1; of the line before it when it has no old lines.
  public let oldStart: Int
  /// The number of its first line in the new file, by the same rule.
  public let newStart: Int
  /// What stands behind the second `@@`, usually a function's name.
  public let section: ArraySlice<UInt8>
  /// Its lines.
  public let lines: [Line]
  /// The number of its `@@` line in the patch file.
  public let number: Int

  /// The old lines, joined.
  let old: [UInt8]
  /// The new lines, joined.
  let new: [UInt8]
  /// How many old lines it has.
  let oldCount: Int
  /// How many new lines it has.
  let newCount: Int
  /// How many lines of context come after its last change.
  let trailing: Int
  /// Whether it has any line of context.
  let hasContext: Bool

  /// Makes a hunk of its lines.
  init(oldStart: Int, newStart: Int, section: ArraySlice<UInt8>, lines: [Line], number: Int) {
    self.oldStart = oldStart
    self.newStart = newStart
    self.section = section
    self.lines = lines
    self.number = number
    let old = lines.filter { $0.role != .added }
    let new = lines.filter { $0.role != .removed }
    self.old = old.flatMap(\.text)
    self.new = new.flatMap(\.text)
    oldCount = old.count
    newCount = new.count
    hasContext = lines.contains { $0.role == .context }
    trailing = lines.reversed().prefix { $0.role == .context }.count
  }

  /// The index, from 0, of its first line in the old file.
  var oldIndex: Int { oldCount == 0 ? oldStart : oldStart - 1 }

  /// The hunk that undoes this one.
  var reversed: Hunk {
    // In a diff removed lines come before added ones; the mirror image keeps that order run by run.
    var mirrored: [Line] = []
    var added: [Line] = []
    for line in lines {
      switch line.role {
      case .context:
        mirrored += added + [line]
        added = []
      case .removed: added.append(Line(role: .added, text: line.text))
      case .added: mirrored.append(Line(role: .removed, text: line.text))
      }
    }
    return Hunk(
      oldStart: newStart, newStart: oldStart, section: section, lines: mirrored + added, number: number)
  }
}
