/// The search for the first of ordered versions that is bad, with as few probes as halving takes.
///
/// It supposes that what is bad stays bad, and tells where what is known says otherwise.
public enum Bisection {
  /// What a probe says of a version.
  public enum Verdict: Hashable, Sendable {
    case good, bad
    /// Nothing can be told, as of a version that cannot be had.
    case untold
  }

  /// Where it breaks.
  public struct Finding: Hashable, Sendable {
    /// The number of the first version that is known to be bad.
    public let firstBad: Int
    /// The number of the last good version before it, or nil when there is none.
    ///
    /// Of versions between the two nothing could be told.
    public let lastGood: Int?
    /// The numbers of good versions behind a bad one: there it heals, and may break again.
    public let healed: [Int]

    /// Makes a finding.
    public init(firstBad: Int, lastGood: Int?, healed: [Int] = []) {
      self.firstBad = firstBad
      self.lastGood = lastGood
      self.healed = healed
    }
  }

  /// Finds the first bad one of `count` versions.
  ///
  /// - Parameters:
  ///   - count: How many versions there are, in order.
  ///   - known: What is known of some of them; they are not probed.
  ///   - probe: Tells of one version by its number, from 0.
  /// - Returns: Where it breaks, or nil when the last version that anything is told of is good.
  /// - Throws: What `probe` throws.
  public static func search<Failure: Error>(
    _ count: Int, known: [Int: Verdict] = [:],
    probe: (Int) async throws(Failure) -> Verdict
  ) async throws(Failure) -> Finding? {
    var verdicts = known
    func verdict(_ number: Int) async throws(Failure) -> Verdict {
      if let verdict = verdicts[number] { return verdict }
      let verdict = try await probe(number)
      verdicts[number] = verdict
      return verdict
    }
    var low = 0
    while low < count, try await verdict(low) == .untold { low += 1 }
    guard low < count else { return nil }
    var high = count - 1
    while try await verdict(high) == .untold { high -= 1 }
    guard try await verdict(high) == .bad else { return nil }
    if try await verdict(low) == .bad { high = low }
    // What is known narrows the search before anything is probed.
    high = verdicts.filter { $0.value == .bad && $0.key >= low }.keys.min() ?? high
    low = verdicts.filter { $0.value == .good && $0.key < high }.keys.max() ?? low
    while high - low > 1 {
      let middle = (low + high) / 2
      // Where the middle says nothing, its neighbours may.
      let order = ((low + 1)..<high).filter { verdicts[$0] != .untold }.sorted {
        (abs($0 - middle), $0) < (abs($1 - middle), $1)
      }
      guard let next = order.first else { break }
      switch try await verdict(next) {
      case .good: low = next
      case .bad: high = next
      case .untold: continue
      }
    }
    let firstKnownBad = verdicts.filter { $0.value == .bad }.keys.min() ?? high
    return Finding(
      firstBad: high, lastGood: high == low ? nil : low,
      healed: verdicts.filter { $0.value == .good && $0.key > firstKnownBad }.keys.sorted())
  }
}
