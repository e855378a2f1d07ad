public import Host
public import Versions

extension [Ladder] {
  /// Brings the results of `versions` up to date, a column for each ladder.
  ///
  /// All rebases come first, so that every conflict is told before the first compiler starts. Then each version is built
  /// with all toolchains, one after the other: the work directory moves from release to release once.
  ///
  /// - Parameters:
  ///   - versions: Listed versions, in the order in which they are to climb.
  ///   - record: What is on record.
  ///   - shard: This machine's share; nil for everything.
  ///   - again: Whether results that stand are made again.
  ///   - progress: Told of what stands and of every rung.
  ///   - finished: Called with each new result; returns it as it stands on record.
  /// - Returns: All results of the share in the order of `versions`, the columns of one together.
  /// - Throws: Only what concerns no single version, such as an interruption.
  public func matrix(
    of versions: [Version], record: Record, shard: Shard? = nil, again: Bool, progress: Progress,
    finished: @escaping @Sendable (VersionResult) throws -> VersionResult
  ) async throws -> [VersionResult] {
    var standings: [[Standing]] = []
    for ladder in self {
      let column =
        again
        ? versions.map { _ in .due("asked for again") } : try await ladder.standings(of: versions, in: record)
      standings.append(
        zip(versions, column).map { version, standing in
          shard?.contains(version.tag, toolchain: ladder.toolchainName) ?? true ? standing : .elsewhere
        })
    }
    let cells = standings.joined().count { $0 != .elsewhere }
    let standing = standings.joined().count { if case .stands = $0 { true } else { false } }
    progress(.noted("\(standing) of \(cells) results on record stand"))
    var results: [VersionResult?] = []
    var climbs: [Climb] = []
    for (row, version) in versions.enumerated() {
      for (column, ladder) in self.enumerated() {
        switch standings[column][row] {
        case .elsewhere: break
        case .stands(let result): results.append(result)
        case .due(let reason):
          progress(.noted("\(version.tag) \(ladder.toolchainName): \(reason)"))
          let expected = record.expectedSeconds(
            version.tag, toolchain: ladder.toolchainName, goal: ladder.goal)
          climbs.append(Climb(ladder, version, expected: expected, progress: progress))
          results.append(nil)
        }
      }
    }
    var climbed = try await climbs.finish(finished)[...]
    return results.compactMap { $0 ?? climbed.popFirst() }
  }
}
