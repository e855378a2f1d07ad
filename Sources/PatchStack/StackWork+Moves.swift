internal import Git

extension StackWork {
  /// Takes patches out of the stack and carries those above over what is left.
  ///
  /// - Throws: `PatchStackError.refused` when a patch above depends on one of them.
  public func drop(_ names: [String]) throws(PatchStackError) -> StackChange {
    try change { bench, _ throws(PatchStackError) in
      let gone = Set(try numbers(of: names, in: bench.series))
      let left = bench.series.patches.indices.filter { !gone.contains($0) }
      return (
        command(["drop"] + gone.sorted().map { bench.series.patches[$0].name }),
        StackPlan(steps: left.map { .keep($0) })
      )
    }
  }

  /// Where patches go.
  public enum Place: Hashable, Sendable {
    /// In front of the patch of this name.
    case before(String)
    /// Behind the patch of this name.
    case after(String)
    /// At the start of the stack, in the order given.
    case first
    /// At the end of the stack, in the order given.
    case last
  }

  /// Moves patches, in the order given, to another place.
  ///
  /// - Throws: `PatchStackError.refused` when patches depend on each other, or the tree behind the stack would change.
  public func reorder(_ names: [String], to place: Place) throws(PatchStackError) -> StackChange {
    try change(check: checkTree) { bench, _ throws(PatchStackError) in
      let patches = bench.series.patches
      let moved = try numbers(of: names, in: bench.series)
      var order = patches.indices.filter { !moved.contains($0) }
      var words = ["reorder"] + moved.map { patches[$0].name }
      let index: Int
      switch place {
      case .first: (index, words) = (0, words + ["--first"])
      case .last: (index, words) = (order.count, words + ["--last"])
      case .before(let name), .after(let name):
        let other = try number(of: name, in: bench.series)
        guard let found = order.firstIndex(of: other) else {
          throw .malformed(
            directory, line: nil,
            reason: "\(patches[other].name) is one of the patches to move, and names the place")
        }
        if case .before = place {
          (index, words) = (found, words + ["--before", patches[other].name])
        } else {
          (index, words) = (found + 1, words + ["--after", patches[other].name])
        }
      }
      order.insert(contentsOf: moved, at: index)
      return (command(words), StackPlan(steps: order.map { .keep($0) }))
    }
  }

  /// Refuses an order in which the stack comes to another tree.
  private func checkTree(
    _ bench: Bench, _ stack: ReplannedStack, _ repository: borrowing Repository
  ) throws(PatchStackError) {
    guard let was = bench.images.trees.last, let now = stack.trees.last, was != now else { return }
    let order = stack.patches.compactMap(\.number)
    let replan = StackReplan(series: bench.series, images: bench.images)
    do {
      for path in try repository.differences(from: was, to: now) {
        for (place, later) in order.enumerated() where replan.touches(later, "\(path)") {
          for earlier in order[(place + 1)...] where earlier < later && replan.touches(earlier, "\(path)") {
            let names = bench.series.patches.map(\.name)
            throw PatchStackError.refused(
              patch: names[later],
              reason:
                "\(path): in front of \(names[earlier]) both would fit, and the file would come out otherwise"
            )
          }
        }
      }
    } catch let error as GitError {
      throw .git(error)
    } catch let error as PatchStackError {
      throw error
    } catch {}
    throw .refused(
      patch: stack.patches.first?.name ?? "series", reason: "the tree behind the stack would be another one")
  }

  /// Returns the numbers, from 0, of the patches that `names` name, in that order.
  func numbers(of names: [String], in series: Series) throws(PatchStackError) -> [Int] {
    var numbers: [Int] = []
    for name in names {
      let number = try number(of: name, in: series)
      guard !numbers.contains(number) else {
        throw .malformed(directory, line: nil, reason: "\(series.patches[number].name) is named twice")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// Returns the number, from 0, of the patch that `name` names: by its number from 1, its name, or a part that only
  /// its name has.
  func number(of name: String, in series: Series) throws(PatchStackError) -> Int {
    let names = series.patches.map(\.name)
    if let exact = names.firstIndex(of: name) { return exact }
    if let number = Int(name), name.utf8.count < 4 {
      guard names.indices.contains(number - 1) else {
        throw .malformed(directory, line: nil, reason: "no patch \(number); the stack has \(names.count)")
      }
      return number - 1
    }
    let found = names.indices.filter { names[$0].contains(name) }
    guard let only = found.first, found.count == 1 else {
      throw .malformed(
        directory, line: nil,
        reason: found.isEmpty || name.isEmpty
          ? "no patch \(name); xip-rebase takes its number, its name, or a part of its name"
          : "\(name) is a part of several names: \(listed(found.map { names[$0] }))")
    }
    return only
  }

  /// Returns the words of a command, with the variant that it is for.
  func command(_ words: [String]) -> String {
    (words + (variant.map { ["--variant", $0] } ?? [])).joined(separator: " ")
  }
}

extension Repository {
  /// Returns the paths of the files that differ between two trees, sorted; trees equal on both sides are not read.
  func differences(from old: ObjectID, to new: ObjectID) throws(GitError) -> [TreePath] {
    var found = Set(try added(from: old, to: new).map(\.path) + added(from: new, to: old).map(\.path))
    try changed(from: old, to: new, below: nil, &found)
    return found.sorted()
  }

  private func changed(
    from old: ObjectID, to new: ObjectID, below path: TreePath?, _ found: inout Set<TreePath>
  ) throws(GitError) {
    let before = try tree(old)
    for (name, entry) in try tree(new).entries {
      guard let was = before[name], was != entry,
        let here = path.map({ $0.appending(name) }) ?? TreePath(name)
      else { continue }
      if was.mode == .directory, entry.mode == .directory {
        try changed(from: was.id, to: entry.id, below: here, &found)
      } else if was.mode != .directory, entry.mode != .directory {
        found.insert(here)
      }
    }
  }
}
