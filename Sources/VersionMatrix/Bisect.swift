public import Host
import KernelTrees
import PatchStack
public import Versions

/// The search for the first release, and where there is a history the first commit, on which a series stops to reach a
/// rung.
public struct Bisect: Sendable {
  /// What climbs; its goal is the rung that is looked at.
  public let ladder: Ladder
  /// A release that reaches it.
  public let good: Version
  /// A later one that does not.
  public let bad: Version
  private var log: BisectLog

  /// Makes the search between `good` and `bad` with `ladder`.
  ///
  /// - Throws: `BisectError.wrongOrder` unless `good` comes before `bad`.
  public init(_ ladder: Ladder, good: Version, bad: Version) throws(BisectError) {
    guard good < bad else { throw .wrongOrder(good, bad) }
    self.ladder = ladder
    self.good = good
    self.bad = bad
    log = BisectLog(of: ladder.series.identity, in: ladder)
  }

  /// Finds where it breaks.
  ///
  /// What a dry run can tell of stored releases is told first, for it costs nothing; then what is on record, as long as
  /// it stands; only what is left climbs.
  ///
  /// - Parameters:
  ///   - versions: The releases that can be had; those outside the two ends do not count.
  ///   - record: What is on record.
  ///   - progress: Told of each probe.
  ///   - finished: Called with each result that was climbed for.
  /// - Returns: Where it breaks.
  /// - Throws: `BisectError` when one of the ends is not what it was said to be; what concerns no single version, such
  ///   as an interruption.
  public mutating func run(
    among versions: [Version], record: Record, progress: Progress,
    finished: (VersionResult) throws -> Void
  ) async throws -> BisectFinding {
    let known = try await known(
      of: Set(versions + record.versions).filter { $0 >= good && $0 <= bad }.sorted(), record: record)
    // What is on record alone counts only where its result stands: it cannot be had.
    let between = Set(versions + known.keys + [good, bad]).filter { $0 >= good && $0 <= bad }.sorted()
    var results: [Int: VersionResult] = [:]
    for (number, version) in between.enumerated() { results[number] = known[version] }
    progress(
      .noted("\(between.count) releases from \(good.tag) to \(bad.tag), \(results.count) known already"))
    var climbed = log
    func result(_ number: Int) async throws -> VersionResult {
      if let result = results[number] { return result }
      var ladder = self.ladder
      ladder.leavesConflicts = false
      guard
        let result = try await ladder.climb([between[number]], progress: progress, finished: { $0 }).first
      else { preconditionFailure("a climb has a result") }
      results[number] = result
      if result.key != nil && result.verdict != .error { try climbed.add(result) }
      try finished(result)
      return result
    }
    let goal = ladder.goal
    let last = between.count - 1
    switch try await result(0).reading(at: goal) {
    case .good: break
    case .bad: throw BisectError.goodFails(try await result(0))
    case .untold: throw BisectError.endUntold(try await result(0))
    }
    switch try await result(last).reading(at: goal) {
    case .bad: break
    case .good: throw BisectError.badPasses(bad, goal)
    case .untold: throw BisectError.endUntold(try await result(last))
    }
    let finding = try await Bisection.search(
      between.count, known: results.mapValues { $0.reading(at: goal) }
    ) { number in
      try await result(number).reading(at: goal)
    }
    guard let finding, let firstBad = results[finding.firstBad] else {
      preconditionFailure("the last release is bad")
    }
    let lastGood = finding.lastGood ?? 0
    log = climbed
    let untold = results.filter { $0.key > lastGood && $0.key < finding.firstBad }
    var found = BisectFinding(
      good: good.tag, bad: bad.tag, until: goal, firstBad: firstBad, lastGood: between[lastGood].tag,
      untold: untold.sorted { $0.key < $1.key }.map(\.value),
      healed: finding.healed.map { between[$0].tag }, releases: between.count)
    found.commits = try await commits(
      from: between[lastGood], to: between[finding.firstBad], progress: progress)
    return found
  }

  /// Returns the results that are known without a climb, by their versions.
  private func known(
    of versions: [Version], record: Record
  ) async throws -> [Version: VersionResult] {
    var known: [Version: VersionResult] = [:]
    let logged = Record(log.results.filter { Version($0.version) != nil })
    for source in [record, logged] {
      for (version, standing) in zip(versions, try await ladder.standings(of: versions, in: source)) {
        if case .stands(let result) = standing { known[version] = result }
      }
    }
    let stored = Set(try Check.versions(in: ladder.store.path))
    let asked = versions.filter { known[$0] == nil && stored.contains($0) }
    let findings = try await Check.run(
      ladder.variants, onto: asked, repository: ladder.store.path, workers: ladder.jobs)
    for (version, finding) in zip(asked, findings) {
      // Where the base is missing the climb fetches it.
      guard case .success(let rebase) = finding else { continue }
      if !rebase.isClean || ladder.goal <= .rebased { known[version] = ladder.result(rebase) }
    }
    return known
  }

  /// Goes on over the commits between two releases, where the repository has their history.
  private mutating func commits(
    from good: Version, to bad: Version, progress: Progress
  ) async throws -> BisectFinding.Commits? {
    let store = ladder.store
    guard try await store.tree(of: good) != nil, try await store.tree(of: bad) != nil else { return nil }
    let ends = (good: try await store.commit(good.tag).id, bad: try await store.commit(bad.tag).id)
    var results: [String: VersionResult] = [:]
    var climbed = log
    let series = try ladder.variants.series(for: bad)
    let finding = try await CommitBisection(in: store).search(good: ends.good, bad: ends.bad) {
      commit, left in
      progress(.noted("\(commit.prefix(12)): \(left) commits left"))
      let result = try await climb(commit, as: bad, series, &climbed, progress: progress)
      results[commit] = result
      return result.reading(at: ladder.goal)
    }
    log = climbed
    guard let finding else { return nil }
    return .init(
      firstBad: finding.firstBad, subject: try await store.commit(finding.firstBad).subject,
      untold: finding.untold, result: results[finding.firstBad])
  }

  /// Returns what becomes of the series on `commit`, which is built as `version` is.
  private func climb(
    _ commit: String, as version: Version, _ series: Series, _ log: inout BisectLog, progress: Progress
  ) async throws -> VersionResult {
    do {
      let rebase = try await dryRun(series, onto: commit, progress: progress)
      if !rebase.isClean || ladder.goal <= .rebased { return ladder.result(rebase) }
    } catch let failure as any Failure where failure.blame == .infrastructure {
      var result = VersionResult(
        version: commit, toolchain: ladder.toolchainName, series: series.identity, date: "")
      result.reason = "not rebased: \(failure)"
      progress(.noted("\(commit.prefix(12)): \(failure)"))
      return result
    }
    let before = log.result(commit, toolchain: ladder.toolchainName)
    if case .stands(let result) = try await ladder.standing(of: version, before) { return result }
    var ladder = self.ladder
    ladder.leavesConflicts = false
    ladder.commit = commit
    guard let result = try await ladder.climb([version], progress: progress, finished: { $0 }).first else {
      preconditionFailure("a climb has a result")
    }
    if result.key != nil && result.verdict != .error { try log.add(result) }
    return result
  }

  /// Returns what becomes of `series` on `commit`; its base is fetched where that takes it.
  private func dryRun(_ series: Series, onto commit: String, progress: Progress) async throws -> RebaseResult
  {
    func check() throws(PatchStackError) -> RebaseResult {
      var rebaser = try Rebaser(series, repository: ladder.store.path)
      return try rebaser.check(onto: commit)
    }
    do {
      return try check()
    } catch {
      guard case .baseMissing(let tag, _) = error, let base = Version(tag) else { throw error }
      _ = try await ladder.sources.fetch(base, into: ladder.store, progress: progress)
      return try check()
    }
  }
}

extension Ladder {
  /// Returns the result of a dry run.
  fileprivate func result(_ rebase: RebaseResult) -> VersionResult {
    VersionResult(rebase, toolchain: toolchainName, date: "")
  }
}

extension VersionResult {
  /// Returns what the result says of `rung`: one that failed above it reached it all the same.
  func reading(at rung: Rung) -> Bisection.Verdict {
    if let reached = self.rung, reached >= rung { return .good }
    return verdict == .fail ? .bad : .untold
  }
}
