internal import Git

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where the lines go that a patch changes in a file of text.
extension FileMerge {
  /// Puts the hunks of a modification in their places where that takes no merge; returns nil elsewhere.
  ///
  /// It is how most files of most patches go, and does without the names, and mostly without the bytes, of what it
  /// makes.
  func place(
    _ file: FilePatch, _ fit: FileFit, in ours: TreeEntry, at path: TreePath, onto target: inout Target,
    in repository: inout Repository
  ) throws(GitError) -> FileCarry? {
    guard !file.hunks.isEmpty, let base = fit.preimage, let theirs = fit.postimage, base.mode == theirs.mode,
      base.mode.isFile, ours.mode.isFile,
      !(try repository.haveSameContent(ours.id, base.id)),
      !(try repository.haveSameContent(ours.id, theirs.id))
    else { return nil }
    let text = Text(try repository.content(of: ours.id, as: .blob))
    let original = Text(try repository.content(of: base.id, as: .blob))
    // Without a zero byte in the base or in what comes to it, neither it nor what the patch makes of it is binary.
    guard !isBinary(text.bytes), !hasZero(original.bytes),
      !file.hunks.contains(where: { $0.new.contains(0) }),
      let moved = moved(file.hunks, in: text, base: original)
    else { return nil }
    let merged = TreeEntry(ours.mode, try repository.make(moved))
    target.tree.put(merged, at: path)
    var carry = FileCarry(outcome: .unchanged, path: path)
    tell(moved.offsets, &carry)
    return carry
  }

  /// Returns a merge, done now or for a target before, and the name of the content that it comes to.
  func threeWay(
    _ key: MergeMemo.Key, _ text: (base: [UInt8], ours: [UInt8], theirs: [UInt8]), _ memo: inout MergeMemo,
    in repository: inout Repository
  ) throws(GitError) -> (merge: ThreeWay, id: ObjectID) {
    if let (merge, id) = memo[key] {
      if let id { return (merge, id) }
      return (merge, try repository.make(merge.content, as: .blob))
    }
    let sides = MergeMemo.Sides(base: key.base, theirs: key.theirs)
    let wanted = try memo.changes(sides, from: text.base, to: text.theirs)
    let merge = try ThreeWay(
      base: text.base, ours: text.ours, theirs: text.theirs, wanted: wanted, labels: labels)
    let isKept = memo.hasRoom(for: merge)
    let isGlance = repository.purpose == .glance
    if isGlance && isKept { repository.purpose = .reference }
    defer { if isGlance { repository.purpose = .glance } }
    let id = try repository.make(merge.content, as: .blob)
    // At a glance a name lasts as long as its object, so that what later patches make of it is found again too.
    if isKept { memo.add(merge, isGlance ? id : nil, for: key) }
    return (merge, id)
  }

  /// Tells a merge that only moved the hunks from one that had to look at their context.
  func classify(
    _ carry: inout FileCarry, _ merge: ThreeWay, _ file: FilePatch, _ fit: FileFit, _ ours: [UInt8],
    _ target: String
  ) {
    if merge.absorbed.count > 0 {
      carry.outcome = .partlyAbsorbed
      carry.note = "\(target) has \(merge.absorbed.count) of \(merge.absorbed.of) changes already"
    } else if let offsets = offsets(of: file.hunks, fit, merge, in: Text(ours)) {
      tell(offsets, &carry)
    } else {
      carry.outcome = .merged
      carry.note = "merged"
    }
  }

  /// Returns the text with the hunks in their new places, or nil where that takes a merge.
  ///
  /// What stands once in the base and once in the target is the same place, whatever else changed in the file; it saves
  /// comparing the whole texts, which takes a hundred times as long for a file like MAINTAINERS.
  private func moved(_ hunks: [Hunk], in text: Text, base: Text) -> HunkPlacement? {
    var lines = LineSearch(base)
    guard !hunks.isEmpty,
      hunks.allSatisfy({ !$0.old.isEmpty && (try? lines.find($0.old))?.count == 1 })
    else { return nil }
    return try? HunkPlacement(hunks, in: text, search: .once)
  }

  /// Tells of hunks that fit with their context.
  private func tell(_ offsets: [Int], _ carry: inout FileCarry) {
    carry.outcome = offsets.allSatisfy { $0 == 0 } ? .unchanged : .offset
    if carry.outcome == .unchanged { return }
    carry.offsets = offsets
    var texts: [String] = []
    for text in offsets.map({ $0 < 0 ? "\($0)" : "+\($0)" }) where texts.last != text { texts.append(text) }
    let shown = 16
    carry.note = "offset " + texts.prefix(shown).joined(separator: ", ")
    if texts.count > shown { carry.note? += " and \(texts.count - shown) more" }
  }

  /// Returns how far from the lines they name the hunks went, or nil when they do not fit with their context.
  private func offsets(of hunks: [Hunk], _ fit: FileFit, _ merge: ThreeWay, in text: Text) -> [Int]? {
    var offsets: [Int] = []
    for (hunk, offset) in zip(hunks, fit.offsets) {
      guard let moved = merge.offset(ofLine: hunk.oldIndex + offset) else { return nil }
      offsets.append(offset + moved)
    }
    guard let placement = try? HunkPlacement(hunks, in: text, search: .moved(offsets)),
      placement.content == merge.content
    else { return nil }
    return offsets
  }
}

/// Returns whether git takes the content for something else than text: it has a zero byte in its first 8000.
func isBinary(_ content: [UInt8]) -> Bool { hasZero(content, upTo: 8000) }

private func hasZero(_ content: [UInt8], upTo count: Int = .max) -> Bool {
  content.withUnsafeBytes { bytes in
    bytes.baseAddress.map { memchr($0, 0, min(count, bytes.count)) != nil } ?? false
  }
}
