/// The instructions from reset to power-off of runs that ought to be the same.
struct InstructionCounts: Sendable {
  /// One number a run.
  let counts: [Int]

  /// Whether all runs took the same number.
  var deterministic: Finding {
    let isSame = counts.allSatisfy { $0 == counts.first && $0 > 0 }
    return Finding(
      passed: isSame && counts.count > 2,
      read: isSame
        ? "\(counts.first ?? 0) instructions in each of \(counts.count) runs"
        : counts.map { "\($0)" }.joined(separator: ", ") + " instructions")
  }
}
