import Host

extension [Climb] {
  /// Climbs them all, the cheap rungs of every version first, so that each conflict is told before the first compiler
  /// starts.
  ///
  /// One version is booted and proved while the next one compiles: a boot waits more than it works, and so do
  /// compilers at the links.
  ///
  /// - Parameter finished: Called with each result as soon as it stands; returns it as it is to be told.
  /// - Returns: The results in order.
  /// - Throws: Only what concerns no single version, such as an interruption.
  consuming func finish(
    _ finished: @escaping @Sendable (VersionResult) throws -> VersionResult
  ) async throws -> [VersionResult] {
    var climbs = self
    for index in climbs.indices { try await climbs[index].fetch() }
    for index in climbs.indices { try await climbs[index].rebase() }
    var results: [Int: VersionResult] = [:]
    for index in climbs.indices where climbs[index].isOver {
      results[index] = try finished(climbs[index].result)
    }
    try await withThrowingTaskGroup(of: (index: Int, result: VersionResult).self) { group in
      var judged: Climb?
      for index in climbs.indices where !climbs[index].isOver {
        var climb = climbs[index]
        // The same release once more, or one that broken kernels are built of: nothing may be compiled meanwhile.
        if let last = judged, last.files == climb.files || last.isAlone {
          for try await judged in group { results[judged.index] = judged.result }
        }
        try await climb.compile()
        for try await judged in group { results[judged.index] = judged.result }
        let compiled = climb
        group.addTask {
          var climb = compiled
          try await climb.judge()
          return (index, try finished(climb.result))
        }
        judged = compiled
      }
      for try await judged in group { results[judged.index] = judged.result }
    }
    climbs.first?.boundCache()
    return climbs.indices.compactMap { results[$0] }
  }
}
