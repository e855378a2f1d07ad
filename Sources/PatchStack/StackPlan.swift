internal import Git

/// What a stack shall become: some of its patches in some order, and new ones between them.
struct StackPlan {
  /// One patch of the stack to come.
  enum Step {
    /// The patch of this number, counted from 0, carried to its new place.
    case keep(Int)
    /// The patch of this number with other content or another message.
    case edit(Int, PatchDraft)
    /// A patch that was not there.
    case add(PatchDraft)

    /// The number of the patch in the stack as it was, nil for a new one.
    var number: Int? {
      switch self {
      case .keep(let number), .edit(let number, _): number
      case .add: nil
      }
    }
  }

  var steps: [Step]
}

/// A patch in the stack to come.
struct CarriedPatch {
  let name: String
  /// Its number in the stack as it was, nil for a new one.
  let number: Int?
  /// The bytes of its file.
  let content: [UInt8]
  let result: PatchResult
}

/// A stack carried into the shape that a plan gives it.
struct ReplannedStack {
  let patches: [CarriedPatch]
  /// The tree before the first patch, then the tree behind each.
  let trees: [ObjectID]
}

/// The carrying of a stack's patches over another order of themselves, each with its own pre- and post-images.
struct StackReplan {
  let series: Series
  let images: StackImages

  /// Returns what `plan` comes to.
  ///
  /// - Throws: `PatchStackError.refused` for a patch that depends on one that is not below it any more, or that one
  ///   new below it takes the ground from.
  func carry(
    _ plan: StackPlan, in repository: inout Repository
  ) throws(PatchStackError) -> ReplannedStack {
    var root = images.trees[0]
    var trees = [root]
    var patches: [CarriedPatch] = []
    for (place, step) in plan.steps.enumerated() {
      let made: (carried: CarriedPatch, root: ObjectID)
      switch step {
      case .keep(let number):
        let files = try carry(number, onto: root, in: &repository)
        if let conflict = files.list.lazy.flatMap(\.conflicts).first {
          throw refusal(of: number, conflict, at: place, of: plan, in: &repository)
        }
        made = try keep(number, files, from: root, at: place, of: plan, in: &repository)
      case .edit(let number, let draft):
        made = try draft.patch(number: number, before: root, in: &repository)
      case .add(let draft):
        made = try draft.patch(number: nil, before: root, in: &repository)
      }
      patches.append(made.carried)
      root = made.root
      trees.append(root)
    }
    return ReplannedStack(patches: patches, trees: trees)
  }

  /// Carries a patch onto the tree `root`; returns what became of its files, in its order, and the tree behind it.
  private func carry(
    _ number: Int, onto root: ObjectID, in repository: inout Repository
  ) throws(PatchStackError) -> (list: [FileCarry], root: ObjectID) {
    let patch = series.patches[number]
    if root == images.trees[number] {
      let files = patch.order.map { FileCarry(outcome: .unchanged, path: patch.changes[$0].path) }
      return (files, images.trees[number + 1])
    }
    var target = Target(
      name: "the stack below", root: root, tree: StackTree(root: root),
      renames: RenameSearch(base: images.trees[number], target: root), memo: MergeMemo(),
      // What was settled between a patch and a release says nothing about two patches.
      resolutions: Resolutions())
    let merge = FileMerge(
      patch: patch, base: images.trees[number],
      labels: .init(base: "before", ours: "the stack below", theirs: patch.name))
    var files: [FileCarry] = []
    do {
      for index in patch.order {
        let fit = images.fits[number][index]
        var file = try merge.carry(patch.changes[index], fit, onto: &target, in: &repository)
        // Hunks that were off by as much before need no other numbers now.
        if file.outcome == .offset, file.offsets == fit.offsets {
          file = .init(outcome: .unchanged, path: file.path)
        }
        files.append(file)
      }
      try target.tree.commit(in: &repository)
    } catch {
      throw .git(error)
    }
    return (files, target.tree.root)
  }

  private func keep(
    _ number: Int, _ files: (list: [FileCarry], root: ObjectID), from root: ObjectID, at place: Int,
    of plan: StackPlan, in repository: inout Repository
  ) throws(PatchStackError) -> (CarriedPatch, ObjectID) {
    let patch = series.patches[number]
    let result = PatchResult(name: patch.name, files: files.list)
    if result.outcome == .absorbed {
      let others =
        strangers(to: number, at: place, of: plan).map { series.patches[$0].name } + drafts(plan, place)
      throw .refused(
        patch: patch.name,
        reason: "nothing is left for it to do there\(others.isEmpty ? "" : ", because of \(listed(others))")")
    }
    let writer = PatchWriter(patch: patch, files: files.list, before: root, after: files.root)
    let content: [UInt8]
    do { content = try writer.content(in: repository) } catch { throw .git(error) }
    return (CarriedPatch(name: patch.name, number: number, content: content, result: result), files.root)
  }
}

// MARK: Reasons

extension StackReplan {
  /// Returns the patches that were below `number` and are not, or are now and were not, in their old order.
  private func strangers(to number: Int, at place: Int, of plan: StackPlan) -> [Int] {
    let now = Set(plan.steps[..<place].compactMap(\.number))
    return Set(0..<number).symmetricDifference(now).sorted()
  }

  /// Returns the names of the patches in front of `place` that are not as they were.
  private func drafts(_ plan: StackPlan, _ place: Int) -> [String] {
    plan.steps[..<place].compactMap { step in
      switch step {
      case .keep: nil
      case .edit(_, let draft), .add(let draft): draft.name
      }
    }
  }

  /// Returns the refusal that names the patches which depend on each other.
  private func refusal(
    of number: Int, _ conflict: Conflict, at place: Int, of plan: StackPlan, in repository: inout Repository
  ) -> PatchStackError {
    let patch = series.patches[number]
    let strangers = strangers(to: number, at: place, of: plan)
    var guilty = strangers.filter { other in
      self.conflicts(number, with: other, in: &repository)
    }
    if guilty.isEmpty { guilty = strangers.filter { touches($0, conflict.path) } }
    if guilty.isEmpty { guilty = strangers }
    let spot = conflict.line.map { "\(conflict.path):\($0)" } ?? conflict.path
    let names = listed(guilty.map { series.patches[$0].name })
    let edited = drafts(plan, place)
    let why: String
    if guilty.isEmpty {
      why = "it does not fit what \(listed(edited)) makes of it (\(conflict.what))"
    } else {
      let now = Set(plan.steps[..<place].compactMap(\.number))
      why =
        guilty.allSatisfy { !now.contains($0) }
        ? "it depends on \(names) (\(conflict.what))"
        : "it and \(names) depend on each other (\(conflict.what))"
    }
    return .refused(patch: patch.name, reason: "\(spot): \(why)")
  }

  /// Returns whether `number` conflicts as soon as only `other` changes its place: it leaves from below, or joins.
  private func conflicts(_ number: Int, with other: Int, in repository: inout Repository) -> Bool {
    var root = images.trees[0]
    let below = other < number ? (0..<number).filter { $0 != other } : Array(0..<number) + [other]
    for step in below {
      guard let files = try? carry(step, onto: root, in: &repository),
        files.list.allSatisfy(\.conflicts.isEmpty)
      else { return false }
      root = files.root
    }
    guard let files = try? carry(number, onto: root, in: &repository) else { return false }
    return !files.list.allSatisfy(\.conflicts.isEmpty)
  }

  func touches(_ number: Int, _ path: String) -> Bool {
    series.patches[number].changes.contains { "\($0.path)" == path || $0.oldPath.map { "\($0)" } == path }
  }
}

extension Conflict {
  /// What is in the way between two patches.
  fileprivate var what: String {
    switch kind {
    case .content: "both change these lines, or lines next to each other"
    case .binary: "both change a file that is no text"
    case .addedOnBothSides: "both add this file, with another content"
    case .deletedInTarget: "the file would not be there"
    case .deletedInPatch: "it deletes the file, whose content would be another"
    case .directoryAndFile: "a file for one is a directory for the other"
    case .type: "a file for one is a symbolic link or submodule for the other"
    case .submodule: "both move this submodule to another commit"
    case .mode: "both change the mode"
    case .renamedTwice: "each moves the file to another place"
    }
  }
}

/// Returns `names` as a sentence lists them.
func listed(_ names: [String]) -> String {
  names.count < 2
    ? names.first ?? "nothing" : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
}
