internal import Git

/// One file of one patch applied to the very content it was made for.
struct FileFit {
  /// The file before, nil when the patch creates it.
  var preimage: TreeEntry?
  /// The file after, nil when the patch deletes it.
  var postimage: TreeEntry?
  /// How far from the lines they name the hunks went.
  let offsets: [Int]

  /// Why a file does not fit.
  enum Misfit: Error {
    case hunk(HunkPlacement.Misfit)
    case missing
    case exists
    case otherContent
    case otherMode
    case git(GitError)
  }
}

extension StackTree {
  /// Applies one file's change where it fits without any doubt, and returns what it was before and became.
  ///
  /// - Throws: The reason why it does not fit; nothing is changed then.
  mutating func fit(
    _ file: FilePatch, of patch: Patch, search: HunkPlacement.Search, in repository: inout Repository
  ) throws(FileFit.Misfit) -> FileFit {
    switch file.change {
    case .create(let path):
      guard try self.found(at: path, in: repository) == .nothing else { throw .exists }
      // A directory that is gone may have moved, and the new file would have to follow it.
      if search == .onlyPlace, let parent = path.parent, try found(at: parent, in: repository) != .directory {
        throw .missing
      }
      let made = try entry(
        file.newMode ?? .regular, of: file, from: Text([]), search: .exact, in: &repository)
      put(made.entry, at: path)
      return FileFit(preimage: nil, postimage: made.entry, offsets: made.offsets)
    case .delete(let path):
      guard case .file(let entry) = try found(at: path, in: repository) else { throw .missing }
      guard try isWhole(file, entry, in: repository) else { throw .otherContent }
      put(nil, at: path)
      return FileFit(preimage: entry, postimage: nil, offsets: [])
    case .modify(let path):
      guard case .file(let entry) = try found(at: path, in: repository) else { throw .missing }
      return try fit(file, from: entry, to: path, search: search, in: &repository)
    case .rename(let from, let to), .copy(let from, let to):
      guard let entry = try original(from, in: repository) else { throw .missing }
      let target = try found(at: to, in: repository)
      guard target == .nothing || patch.vacates(to) else { throw .exists }
      let fit = try fit(file, from: entry, to: to, search: search, in: &repository)
      if case .rename = file.change { vacate(from) }
      return fit
    }
  }

  private mutating func fit(
    _ file: FilePatch, from entry: TreeEntry, to path: TreePath, search: HunkPlacement.Search,
    in repository: inout Repository
  ) throws(FileFit.Misfit) -> FileFit {
    var result = entry
    if let old = file.oldMode, let new = file.newMode {
      guard old == new ? isSameType(old, entry.mode) : old == entry.mode else { throw .otherMode }
      if old != new { result.mode = new }
    } else if !entry.mode.isFile {
      throw .otherMode
    }
    var offsets: [Int] = []
    switch file.content {
    case .text(let hunks) where hunks.isEmpty: break
    case .text:
      let made = try self.entry(
        result.mode, of: file, from: try text(entry, in: repository), search: search, in: &repository)
      offsets = made.offsets
      result = made.entry
    case .binary:
      guard let old = file.oldID, "\(entry.id)".hasPrefix(old) else { throw .otherContent }
      let text = try text(entry, in: repository)
      result = try self.entry(result.mode, of: file, from: text, search: search, in: &repository).entry
    }
    put(result, at: path)
    return FileFit(preimage: entry, postimage: result, offsets: offsets)
  }

  /// Returns whether a deletion names the whole content of `entry`.
  private func isWhole(
    _ file: FilePatch, _ entry: TreeEntry, in repository: borrowing Repository
  ) throws(FileFit.Misfit) -> Bool {
    if let mode = file.oldMode, !isSameType(mode, entry.mode) { return false }
    switch file.content {
    case .binary: return file.oldID.map { "\(entry.id)".hasPrefix($0) } ?? false
    case .text(let hunks):
      return hunks.flatMap(\.old) == (try text(entry, in: repository).bytes)
    }
  }

  /// Makes what the file's change makes of `text`: a blob, or the commit that a submodule names.
  private func entry(
    _ mode: EntryMode, of file: FilePatch, from text: Text, search: HunkPlacement.Search,
    in repository: inout Repository
  ) throws(FileFit.Misfit) -> (entry: TreeEntry, offsets: [Int]) {
    switch file.content {
    case .binary(let change):
      guard mode != .submodule, let content = change.applied(to: text.bytes) else { throw .otherContent }
      do { return (TreeEntry(mode, try repository.make(content, as: .blob)), []) } catch { throw .git(error) }
    case .text(let hunks):
      let placement: HunkPlacement
      do { placement = try HunkPlacement(hunks, in: text, search: search) } catch { throw .hunk(error) }
      if mode == .submodule {
        guard let entry = TreeEntry(submoduleText: placement.content) else { throw .otherContent }
        return (entry, placement.offsets)
      }
      do { return (TreeEntry(mode, try repository.make(placement)), placement.offsets) } catch {
        throw .git(error)
      }
    }
  }

  private func found(
    at path: TreePath, in repository: borrowing Repository
  ) throws(FileFit.Misfit) -> PathContent {
    do { return try content(at: path, in: repository) } catch { throw .git(error) }
  }

  private func original(
    _ path: TreePath, in repository: borrowing Repository
  ) throws(FileFit.Misfit) -> TreeEntry? {
    do { return try original(at: path, in: repository) } catch { throw .git(error) }
  }

  private func text(
    _ entry: TreeEntry, in repository: borrowing Repository
  ) throws(FileFit.Misfit) -> Text {
    if let line = entry.submoduleText { return Text(line) }
    do { return Text(try repository.content(of: entry.id, as: .blob)) } catch { throw .git(error) }
  }
}

extension Repository {
  /// Makes the blob of the text with the hunks in their places.
  mutating func make(_ placement: HunkPlacement) throws(GitError) -> ObjectID {
    try makeBlob(size: placement.size) { placement.content }
  }
}

/// Returns whether both are regular files, or both symbolic links, or both submodules.
func isSameType(_ one: EntryMode, _ other: EntryMode) -> Bool {
  one == other || one.isFile && other.isFile
}
