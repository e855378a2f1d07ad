import CLibFuzzer
import Git

@testable import PatchStack

/// Takes bytes for a patch file, and for a mailbox.
///
/// What is read has to stay inside its tree, has to be the same after it was written and read again, and what applies
/// has to come off again.
@main enum FuzzParser {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
      return 0
    }
  }
}

private func fuzz(_ content: [UInt8]) {
  for isReversed in [false, true] {
    for strip in [1, 0] {
      guard let patch = read(content, strip: strip, isReversed: isReversed) else { continue }
      for change in patch.changes {
        for path in [change.oldPath, change.newPath] { path.map { requireInside($0.bytes) } }
        requireReversible(change)
      }
      requireSameAfterWriting(patch)
    }
  }
  for message in Mailbox(content).messages { _ = read(Array(message), strip: 1, isReversed: false) }
}

private func read(_ content: [UInt8], strip: Int, isReversed: Bool) -> Patch? {
  var parser = PatchParser(content, name: "p", file: "p", strip: strip, isReversed: isReversed)
  return try? parser.parse()
}

/// Fails on a path that a checkout would follow out of the tree, or into a repository.
private func requireInside(_ path: [UInt8]) {
  require(path.first != UInt8(ascii: "/") && !path.contains(0), "a path from the root")
  for name in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
    let text = String(decoding: name, as: UTF8.self)
    require(!["", ".", ".."].contains(text) && text.lowercased() != ".git", text)
  }
}

/// Fails when hunks that apply to a text made for them do not give it back in reverse.
private func requireReversible(_ change: FilePatch) {
  if case .binary(let binary) = change.content {
    _ = binary.applied(to: [1, 2, 3])
    return
  }
  var base: [UInt8] = []
  var line = 0
  for hunk in change.hunks {
    // What comes out of order, or far away, is not worth a text.
    guard hunk.oldIndex >= line, hunk.oldIndex < 2000 else { return }
    if !base.isEmpty, base.last != UInt8(ascii: "\n") { return }
    while line < hunk.oldIndex {
      base += "\(line)\n".utf8
      line += 1
    }
    base += hunk.old
    line += hunk.oldCount
  }
  guard let placed = try? HunkPlacement(change.hunks, in: Text(base), search: .exact) else { return }
  var grown = 0
  let back = change.hunks.map { hunk in
    defer { grown += hunk.newCount - hunk.oldCount }
    let index = hunk.oldIndex + grown
    return Hunk(
      oldStart: hunk.newCount == 0 ? index : index + 1, newStart: hunk.oldStart, section: hunk.section,
      lines: hunk.reversed.lines, number: hunk.number)
  }
  let text = Text(placed.content)
  // Two hunks that a missing line feed joins are one line afterwards.
  guard let undone = try? HunkPlacement(back, in: text, search: .exact) else {
    require(!isWhole(placed.content, change.hunks), "applies, and does not come off")
    return
  }
  require(undone.content == base, "comes off to another text")
}

/// Whether every hunk but the last ends its lines.
private func isWhole(_ content: [UInt8], _ hunks: [Hunk]) -> Bool {
  hunks.allSatisfy { hunk in
    hunk.lines.dropLast().allSatisfy { $0.text.last == UInt8(ascii: "\n") }
      && hunk.new.last == UInt8(ascii: "\n")
  }
}

/// Fails when the patch, written from what was read of it, is read as another one.
private func requireSameAfterWriting(_ patch: Patch) {
  guard let none = ObjectID(String(repeating: "0", count: 40)) else { fatalError() }
  let writer = PatchWriter(patch: patch, files: [], before: none, after: none)
  let changes = patch.isReversed ? patch.changes.reversed() : patch.changes
  var text = Array(patch.content[patch.prologue])
  for change in changes {
    // Hunks that overlap have no place, and so no numbers.
    guard isInOrder(change.hunks) else { return }
    text += patch.content[writer.proseBefore(change)]
    if case .text(let hunks) = change.content {
      text += patch.content[change.header] + writer.moved(hunks, by: hunks.map { _ in 0 })
    } else {
      text += patch.content[change.range]
    }
  }
  text += patch.content[patch.epilogue]
  guard let again = read(text, strip: patch.strip, isReversed: patch.isReversed) else {
    fatalError("is not read again:\n\(String(decoding: text, as: UTF8.self))")
  }
  require(again.changes.count == patch.changes.count, "other files")
  require(again.message == patch.message, "another message")
  for (one, other) in zip(patch.changes, again.changes) {
    require(one.change == other.change, "another change")
    require(one.oldMode == other.oldMode && one.newMode == other.newMode, "another mode")
    guard case .text(let hunks) = one.content, case .text(let others) = other.content else {
      require(one.content == other.content, "another content")
      continue
    }
    require(
      hunks.elementsEqual(others) { $0.lines == $1.lines && $0.section == $1.section }, "other hunks")
  }
}

private func isInOrder(_ hunks: [Hunk]) -> Bool {
  zip(hunks, hunks.dropFirst()).allSatisfy { $0.oldIndex + $0.oldCount <= $1.oldIndex }
}

/// Fails in a way that a release build gives the reason of.
private func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
  if !condition { fatalError(reason()) }
}
