internal import Git

/// What each file of each patch was and became at the base tag.
///
/// Images are made when they are asked for: most targets need those of a few files only. For the use of one task at a
/// time.
final class BaseImages {
  /// The base's own tree.
  let root: ObjectID
  /// What is known of the history behind the targets.
  let history = UpstreamHistory()
  private let series: Series
  private var fits: [[FileFit?]]
  private var tree: StackTree
  /// The next patch to apply as a whole.
  private var next = 0
  /// For each path the places, in order, of what the series does to it; nil when files depend on one another.
  private let chains: [TreePath: [Place]]?

  private struct Place {
    let patch: Int
    let file: Int
  }

  /// Finds the base of `series`.
  ///
  /// - Throws: `PatchStackError.baseMissing` when the repository does not have the tag.
  init(_ series: Series, in repository: borrowing Repository) throws(PatchStackError) {
    self.series = series
    do {
      root = try repository.commit(try repository.commitID(named: series.base)).tree
    } catch .noSuchRevision {
      throw .baseMissing(tag: series.base, repository: repository.path)
    } catch {
      throw .git(error)
    }
    tree = StackTree(root: root)
    fits = series.patches.map { Array(repeating: nil, count: $0.changes.count) }
    var chains: [TreePath: [Place]] = [:]
    var isIndependent = true
    for (number, patch) in series.patches.enumerated() {
      for (index, file) in patch.changes.enumerated() {
        switch file.change {
        case .create(let path), .modify(let path):
          chains[path, default: []].append(Place(patch: number, file: index))
        case .delete, .rename, .copy: isIndependent = false
        }
      }
    }
    self.chains = isIndependent ? chains : nil
  }

  /// Returns the images of one file of a patch, both by their numbers.
  ///
  /// - Throws: `PatchStackError.doesNotFitBase` when the patch, or one before it, was not made for the base.
  func fit(
    _ number: Int, _ index: Int, in repository: inout Repository
  ) throws(PatchStackError) -> FileFit {
    while true {
      if let fit = fits[number][index] { return fit }
      let purpose = repository.purpose
      repository.purpose = .reference
      defer { repository.purpose = purpose }
      if let chain = chains?[series.patches[number].changes[index].path] {
        for place in chain where place.patch <= number && fits[place.patch][place.file] == nil {
          try apply(place.patch, place.file, in: &repository)
          tree.endPatch()
        }
      } else {
        for file in series.patches[next].order { try apply(next, file, in: &repository) }
        tree.endPatch()
        next += 1
      }
    }
  }

  private func apply(
    _ number: Int, _ index: Int, in repository: inout Repository
  ) throws(PatchStackError) {
    if Task.isCancelled { throw .cancelled }
    let patch = series.patches[number]
    let file = patch.changes[index]
    do {
      fits[number][index] = try tree.fit(file, of: patch, search: .exactOrNear, in: &repository)
    } catch {
      throw failure(error, of: file, in: patch, base: series.base)
    }
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

/// Returns why a file of a patch does not fit the base it was made for.
func failure(
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
  case .hunk(.tooMuch(let hunk)):
    (line, reason) = (
      hunk.number,
      "its lines, and those of the other hunks, stand in too many places of \(path) to look at all; "
        + "give them more context, or split the patch"
    )
  case .missing: (line, reason) = (file.number, "there is no file \(file.oldPath ?? path)")
  case .exists: (line, reason) = (file.number, "\(file.newPath ?? path) is there already")
  case .otherContent: (line, reason) = (file.number, "\(path) has another content")
  case .otherMode: (line, reason) = (file.number, "\(path) has another mode")
  }
  return .doesNotFitBase(patch.file, line: line, base: base, reason: reason)
}
