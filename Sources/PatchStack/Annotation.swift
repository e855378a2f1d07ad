internal import Git
public import SystemPackage

/// Which patch owns each line of a file of the tree behind the stack: the last that wrote it.
public struct Annotation: Hashable, Sendable {
  /// A line.
  public struct Line: Hashable, Sendable {
    /// Its number, counted from 1.
    public let number: Int
    /// The number of the patch that wrote it, counted from 1; nil when the base has it.
    public let patch: Int?
    /// Its bytes, with its line feed where it has one.
    public let text: [UInt8]
  }

  /// The path of the file.
  public let path: String
  /// All lines.
  public let lines: [Line]
  /// The names of the patches that own a line, by their numbers from 1.
  public let patches: [Int: String]

  /// Finds out who owns the lines of `file` behind the whole of `series`.
  ///
  /// - Parameters:
  ///   - file: A path inside the tree.
  ///   - series: The series.
  ///   - repository: The repository that has the base of the series.
  /// - Throws: `PatchStackError.malformed` for a file that no patch changes, or that is not there.
  public init(of file: String, in series: Series, repository: FilePath) throws(PatchStackError) {
    guard let path = TreePath(FilePath(file).lexicallyNormalized().string) else {
      throw .malformed(FilePath(file), line: nil, reason: "not a path inside the tree")
    }
    var open: Repository
    do { open = try Repository(opening: repository) } catch { throw .git(error) }
    let images = try StackImages(series, in: &open)
    let owners: [Int?]
    var bytes: [UInt8] = []
    do {
      guard case .file(let entry) = try open.content(at: path, of: images.trees[series.patches.count]) else {
        throw PatchStackError.malformed(
          FilePath(file), line: nil, reason: Self.absence(of: path, in: series))
      }
      guard series.patches.contains(where: { $0.changes.contains { $0.newPath == path } }) else {
        throw PatchStackError.malformed(
          FilePath(file), line: nil, reason: "no patch of the series changes it")
      }
      let content = entry.mode == .submodule ? [] : try open.content(of: entry.id, as: .blob)
      guard entry.mode.isFile, !content.prefix(8000).contains(0) else {
        throw PatchStackError.malformed(
          FilePath(file), line: nil, reason: "no text, so it has no lines to own")
      }
      bytes = content
      owners = try Self.owners(series, images, in: open)[path] ?? []
    } catch let error as GitError {
      throw .git(error)
    } catch let error as PatchStackError {
      throw error
    } catch {
      throw .malformed(FilePath(file), line: nil, reason: "\(error)")
    }
    self.path = "\(path)"
    lines = lineRanges(of: bytes).enumerated().map { index, range in
      Line(
        number: index + 1, patch: owners.indices.contains(index) ? owners[index] : nil,
        text: Array(bytes[range.lowerBound..<min(range.upperBound + 1, bytes.count)]))
    }
    var patches: [Int: String] = [:]
    for case .some(let number) in owners { patches[number] = series.patches[number - 1].name }
    self.patches = patches
  }

  private static func absence(of path: TreePath, in series: Series) -> String {
    for patch in series.patches.reversed() {
      for change in patch.changes {
        switch change.change {
        case .delete(path): return "\(patch.name) deletes it"
        case .rename(path, let new): return "\(patch.name) moves it to \(new)"
        default: continue
        }
      }
    }
    return "no such file in the tree behind the stack"
  }

  /// Returns who owns the lines of each file that the series leaves changed.
  private static func owners(
    _ series: Series, _ images: StackImages, in repository: borrowing Repository
  ) throws(GitError) -> [TreePath: [Int?]] {
    var owners: [TreePath: [Int?]] = [:]
    for (number, patch) in series.patches.enumerated() {
      // A patch may swap two names: all of it reads what was there before it.
      let before = owners
      for change in patch.changes {
        switch change.change {
        case .delete(let old), .rename(let old, _): owners[old] = nil
        case .modify, .create, .copy: break
        }
      }
      for index in patch.order {
        let change = patch.changes[index]
        let fit = images.fits[number][index]
        guard let path = change.newPath, let new = fit.postimage else { continue }
        guard new.mode.isFile else {
          owners[path] = nil
          continue
        }
        let content = try repository.content(of: new.id, as: .blob)
        var was: [UInt8] = []
        var known: [Int?] = []
        var isCopy = false
        if case .copy = change.change { isCopy = true }
        // What a patch copies it wrote, as git blame has it.
        if let old = fit.preimage, old.mode.isFile, let place = change.oldPath, !isCopy {
          was = try repository.content(of: old.id, as: .blob)
          known =
            (place == path ? owners : before)[place]
            ?? Array(repeating: nil, count: lineRanges(of: was).count)
        }
        var result: [Int?] = []
        var next = 0
        for difference in try TextDiff.indentedChanges(from: was, to: content) {
          result += known[next..<difference.old.lowerBound]
          result += Array(repeating: number + 1, count: difference.new.count)
          next = difference.old.upperBound
        }
        owners[path] = result + known[next...]
      }
    }
    return owners
  }
}
