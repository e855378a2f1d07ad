internal import Git

/// What each file of each patch was and became at the base tag.
struct BaseImages {
  /// The base's own tree.
  let root: ObjectID
  /// For each patch, for each of its files.
  let fits: [[FileFit]]
  /// The tree behind each patch.
  let trees: [ObjectID]

  /// Applies the series to the tree of its base.
  ///
  /// - Throws: `PatchStackError.baseMissing` when the repository does not have the tag, `.doesNotFitBase` for a patch
  ///   that was not made for it.
  init(_ series: Series, in repository: inout Repository) throws(PatchStackError) {
    var tree: StackTree
    do {
      root = try repository.commit(try repository.commitID(named: series.base)).tree
      tree = StackTree(root: root)
    } catch .noSuchRevision {
      throw .baseMissing(tag: series.base, repository: repository.path)
    } catch {
      throw .git(error)
    }
    var fits: [[FileFit]] = []
    var trees: [ObjectID] = []
    for patch in series.patches {
      var files: [FileFit?] = Array(repeating: nil, count: patch.changes.count)
      for index in patch.order {
        let file = patch.changes[index]
        do {
          files[index] = try tree.fit(file, of: patch, search: .exactOrOnlyPlace, in: &repository)
        } catch {
          throw failure(error, of: file, in: patch, base: series.base)
        }
      }
      fits.append(files.compactMap { $0 })
      do { try tree.commit(in: &repository) } catch { throw .git(error) }
      trees.append(tree.root)
    }
    self.fits = fits
    self.trees = trees
  }
}

extension Patch {
  /// The indices of the changes, deletions first: a name is free for what the patch puts there.
  var order: [Int] {
    let isDeletion = { (index: Int) in
      if case .delete = changes[index].change { true } else { false }
    }
    return changes.indices.filter(isDeletion) + changes.indices.filter { !isDeletion($0) }
  }
}

private func failure(
  _ misfit: FileFit.Misfit, of file: FilePatch, in patch: Patch, base: String
) -> PatchStackError {
  let path = file.path
  let line: Int
  let reason: String
  switch misfit {
  case .git(let error): return .git(error)
  case .hunk(.nowhere(let hunk)):
    (line, reason) = (hunk.number, "its lines are nowhere in \(path)")
  case .hunk(.ambiguous(let hunk, let lines)):
    let places = lines.map(String.init).joined(separator: ", ")
    (line, reason) = (hunk.number, "it is not where it says, and fits \(path) at lines \(places)")
  case .missing: (line, reason) = (file.number, "there is no file \(file.oldPath ?? path)")
  case .exists: (line, reason) = (file.number, "\(file.newPath ?? path) is there already")
  case .otherContent: (line, reason) = (file.number, "\(path) has another content")
  case .otherMode: (line, reason) = (file.number, "\(path) has another mode")
  }
  return .doesNotFitBase(patch.file, line: line, base: base, reason: reason)
}
