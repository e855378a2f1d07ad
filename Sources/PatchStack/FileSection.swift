internal import Git

/// What a patch says about one file that changes from one tree to another, written from nothing.
struct FileSection {
  /// How the headers of a patch look.
  struct Style {
    /// Whether files are introduced by `diff --git`.
    var isGit = true
    /// How many leading names of a path the series tells to take away.
    var strip = 1
    /// Whether the series tells to apply the patch in reverse.
    var isReversed = false
    /// How many digits of an id are written.
    var digits = 12

    /// Returns the names of a file in the lines `---` and `+++`.
    func names(of path: TreePath) -> (old: [UInt8], new: [UInt8]) {
      if strip == 0 { return (quoted(path.bytes), quoted(path.bytes)) }
      return (quoted("a/".utf8 + inner(path)), quoted("b/".utf8 + inner(path)))
    }

    /// Returns the name of a file in the lines that tell of a rename, which have a leading name less.
    func movedName(of path: TreePath) -> [UInt8] { quoted(inner(path)) }

    private func inner(_ path: TreePath) -> [UInt8] {
      (0..<max(0, strip - 1)).flatMap { _ in Array("x/".utf8) } + path.bytes
    }

    /// Takes the style of a patch.
    init(of patch: Patch) {
      isGit =
        patch.changes.isEmpty
        || patch.changes.contains { patch.content[$0.header].starts(with: "diff --git".utf8) }
      strip = patch.strip
      isReversed = patch.isReversed
      digits = patch.changes.lazy.compactMap(\.oldID).first?.count ?? 12
    }
  }

  let path: TreePath
  let old: TreeEntry?
  let new: TreeEntry?
  let style: Style

  /// Returns the text, nothing when both sides are the same.
  ///
  /// - Throws: `PatchStackError.refused`, in the name of `patch`, for content that is no text.
  func text(of patch: String, in repository: borrowing Repository) throws(PatchStackError) -> [UInt8] {
    let (old, new) = style.isReversed ? (self.new, self.old) : (self.old, self.new)
    guard old != new else { return [] }
    if let old, let new, !isSameType(old.mode, new.mode) {
      // git tells a change of type as a deletion and a creation.
      return try FileSection(path: path, old: self.old, new: nil, style: style).text(
        of: patch, in: repository)
        + FileSection(path: path, old: nil, new: self.new, style: style).text(of: patch, in: repository)
    }
    let contents = (try content(old, in: repository), try content(new, in: repository))
    for content in [contents.0, contents.1] where content.prefix(8000).contains(0) {
      throw .refused(
        patch: patch,
        reason: "\(path) is no text; take it in as a patch made with git diff --binary, by --with or --from")
    }
    var hunks: [UInt8] = []
    do { hunks = try TextDiff.unified(from: contents.0, to: contents.1) } catch { throw .git(error) }
    let names = style.names(of: path)
    let isPlain =
      !style.isGit && !hunks.isEmpty && (old == nil || new == nil || old?.mode == new?.mode)
      && (old ?? new)?.mode == .regular && quoted(path.bytes) == path.bytes && !path.bytes.contains(0x20)
    var text: [UInt8] = []
    if !isPlain { text += gitHeader(names, old, new) }
    guard !hunks.isEmpty else { return text }
    let none = Array("/dev/null".utf8)
    // git ends a name with spaces in a tab, so that patch(1) does not take what follows for a date.
    let tab: [UInt8] = path.bytes.contains(0x20) ? [0x09] : []
    text += "--- ".utf8 + (old == nil ? none : names.old + tab) + [0x0a]
    text += "+++ ".utf8 + (new == nil ? none : names.new + tab) + [0x0a]
    return text + hunks
  }

  private func gitHeader(
    _ names: (old: [UInt8], new: [UInt8]), _ old: TreeEntry?, _ new: TreeEntry?
  ) -> [UInt8] {
    var text = Array("diff --git ".utf8) + names.old + [0x20] + names.new + [0x0a]
    var mode = ""
    switch (old, new) {
    case (nil, let new?): text += "new file mode \(new.mode.digits)\n".utf8
    case (let old?, nil): text += "deleted file mode \(old.mode.digits)\n".utf8
    case (let old?, let new?) where old.mode != new.mode:
      text += "old mode \(old.mode.digits)\nnew mode \(new.mode.digits)\n".utf8
    case (let old?, _): mode = " \(old.mode.digits)"
    default: break
    }
    guard old?.id != new?.id else { return text }
    let zero = String(repeating: "0", count: 40)
    let ids = [old, new].map { entry in (entry.map { "\($0.id)" } ?? zero).prefix(style.digits) }
    return text + "index \(ids[0])..\(ids[1])\(mode)\n".utf8
  }

  private func content(
    _ entry: TreeEntry?, in repository: borrowing Repository
  ) throws(PatchStackError) -> [UInt8] {
    guard let entry else { return [] }
    if entry.mode == .submodule { return Array("Subproject commit \(entry.id)\n".utf8) }
    do { return try repository.content(of: entry.id, as: .blob) } catch { throw .git(error) }
  }
}

/// Returns a name as git writes it: between quotes, with escapes, where it holds a byte that is not plain ASCII.
private func quoted(_ name: [UInt8]) -> [UInt8] {
  let isPlain = name.allSatisfy {
    $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
  }
  if isPlain { return name }
  var text = [UInt8(ascii: "\"")]
  for byte in name {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
    case 0x09: text += "\\t".utf8
    case 0x0a: text += "\\n".utf8
    case 0x20..<0x7f: text.append(byte)
    default: text += [UInt8(ascii: "\\")] + [6, 3, 0].map { UInt8(ascii: "0") + (byte >> $0 & 7) }
    }
  }
  return text + [UInt8(ascii: "\"")]
}
