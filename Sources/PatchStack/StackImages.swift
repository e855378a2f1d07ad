internal import Git

/// A stack on the very base it was made for: the trees between its patches, and what each file of each patch was and
/// became.
struct StackImages {
  /// The base's tree, then the tree behind each patch.
  let trees: [ObjectID]
  /// For each patch the images of its files, in the order of its changes.
  let fits: [[FileFit]]

  /// Applies all of `series` to its base, in memory.
  ///
  /// - Throws: `PatchStackError.baseMissing`, or `.doesNotFitBase` naming the line of the patch.
  init(_ series: Series, in repository: inout Repository) throws(PatchStackError) {
    let root: ObjectID
    do {
      root = try repository.commit(try repository.commitID(named: series.base)).tree
    } catch .noSuchRevision {
      throw .baseMissing(tag: series.base, repository: repository.path)
    } catch {
      throw .git(error)
    }
    var tree = StackTree(root: root)
    var trees = [root]
    var fits: [[FileFit]] = []
    for patch in series.patches {
      fits.append(try tree.apply(patch, base: series.base, in: &repository))
      trees.append(tree.root)
    }
    self.trees = trees
    self.fits = fits
  }
}

extension StackTree {
  /// Applies a whole patch, makes the tree behind it the new root, and returns the images of its files.
  ///
  /// - Throws: `PatchStackError.doesNotFitBase`, in which the base is called `base`.
  mutating func apply(
    _ patch: Patch, base: String, in repository: inout Repository
  ) throws(PatchStackError) -> [FileFit] {
    var fits: [FileFit?] = Array(repeating: nil, count: patch.changes.count)
    for index in patch.order {
      let file = patch.changes[index]
      do {
        fits[index] = try fit(file, of: patch, search: .exactOrNear, in: &repository)
      } catch {
        throw failure(error, of: file, in: patch, base: base)
      }
    }
    do { try commit(in: &repository) } catch { throw .git(error) }
    return fits.compactMap { $0 }
  }
}
