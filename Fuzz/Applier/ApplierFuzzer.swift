import CLibFuzzer
import Git

@testable import PatchStack

/// Takes bytes for three texts, between lines `====`: a base, what a patch makes of it, and a target.
///
/// The patch between the first two has to lead from one to the other and back, and what goes into the target has to come
/// out of it again. A merge does not depend on which side is whose.
@main enum FuzzApplier {
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
  let texts = parts(of: content)
  // git's diff takes what has a zero byte for no text, and so does the tool.
  guard texts.count == 3, !texts.contains(where: { $0.contains(0) }) else { return }
  do {
    try check(base: texts[0], theirs: texts[1], ours: texts[2])
  } catch {
    fatalError("\(error)")
  }
}

private func parts(of content: [UInt8]) -> [[UInt8]] {
  var parts: [[UInt8]] = [[]]
  for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    if line.elementsEqual("====".utf8) {
      parts.append([])
    } else {
      parts[parts.count - 1] += line + [UInt8(ascii: "\n")]
    }
  }
  // The last text ends where the input does, so that it may lack its line feed.
  if parts[parts.count - 1].last == UInt8(ascii: "\n") { parts[parts.count - 1].removeLast() }
  return parts
}

private func check(base: [UInt8], theirs: [UInt8], ours: [UInt8]) throws {
  let hunks = try hunks(from: base, to: theirs)
  let forward = try HunkPlacement(hunks, in: Text(base), search: .exact)
  require(forward.content == theirs, "the patch does not make its text")
  let back = try HunkPlacement(hunks.map(\.reversed), in: Text(theirs), search: .exact)
  require(back.content == base, "the patch does not come off")
  for search in [HunkPlacement.Search.onlyPlace, .once, .exactOrNear] {
    guard let placed = try? HunkPlacement(hunks, in: Text(ours), search: search) else { continue }
    let out = try HunkPlacement(
      hunks.map(\.reversed), in: Text(placed.content), search: .moved(placed.offsets))
    require(out.content == ours, "what went in does not come out, by \(search)")
  }
  try merge(base: base, theirs: theirs, ours: ours)
}

private func merge(base: [UInt8], theirs: [UInt8], ours: [UInt8]) throws {
  let labels = TextMerge.Labels(base: "base", ours: "ours", theirs: "theirs")
  let merge = try ThreeWay(
    base: base, ours: ours, theirs: theirs, wanted: TextDiff.changes(from: base, to: theirs), labels: labels)
  let swapped = try ThreeWay(
    base: base, ours: theirs, theirs: ours, wanted: TextDiff.changes(from: base, to: ours), labels: labels)
  require((merge.conflicts == nil) == (swapped.conflicts == nil), "a conflict for one side only")
  guard merge.conflicts == nil else {
    require(ours != base && theirs != base && ours != theirs, "a conflict of nothing")
    let line = MarkedText.firstMarker(in: merge.marked, markerSize: merge.markerSize)
    require(line != nil, "a conflict without a marker")
    return
  }
  require(merge.content == swapped.content, "the sides are not equal")
  if ours == base { require(merge.content == theirs, "the patch is lost") }
  if theirs == base { require(merge.content == ours, "the target is lost") }
}

private func hunks(from old: [UInt8], to new: [UInt8]) throws -> [Hunk] {
  let text = Array("--- a/f\n+++ b/f\n".utf8) + (try TextDiff.unified(from: old, to: new))
  var parser = PatchParser(text, name: "p", file: "p", strip: 1, isReversed: false)
  return try parser.parse().changes.flatMap(\.hunks)
}

/// Fails in a way that a release build gives the reason of.
private func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
  if !condition { fatalError(reason()) }
}
