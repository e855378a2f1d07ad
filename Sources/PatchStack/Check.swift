public import SystemPackage

/// The dry run of one series on many tags.
public enum Check {
  /// Returns what becomes of `series` on each of `targets`, in their order; nothing is written.
  ///
  /// Neighbours share most of their files, so each worker takes a run of neighbours and merges what they share once.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - targets: The tags, best in the order of their releases.
  ///   - path: The repository.
  ///   - workers: How many tasks work side by side, each with a handle of its own.
  /// - Returns: One result for each tag.
  /// - Throws: `PatchStackError` for the first tag, in order, that could not be tried.
  public static func run(
    _ series: Series, onto targets: [String], repository path: FilePath, workers: Int
  ) async throws(PatchStackError) -> [RebaseResult] {
    let size = max(1, (targets.count + workers - 1) / max(1, workers))
    let runs = stride(from: 0, to: targets.count, by: size).map {
      targets[$0..<min($0 + size, targets.count)]
    }
    if runs.count == 1 { return try one(runs[0], series, path) }
    let done = await withTaskGroup(of: (Int, Result<[RebaseResult], PatchStackError>).self) { group in
      for (number, run) in runs.enumerated() {
        group.addTask {
          (number, Result { () throws(PatchStackError) in try one(run, series, path) })
        }
      }
      var done: [(Int, Result<[RebaseResult], PatchStackError>)] = []
      for await result in group { done.append(result) }
      return done.sorted { $0.0 < $1.0 }
    }
    var results: [RebaseResult] = []
    for (_, result) in done { results += try result.get() }
    return results
  }

  private static func one(
    _ targets: ArraySlice<String>, _ series: Series, _ path: FilePath
  ) throws(PatchStackError) -> [RebaseResult] {
    var rebaser = try Rebaser(series, repository: path)
    var results: [RebaseResult] = []
    for target in targets {
      results.append(try rebaser.rebase(onto: target))
      rebaser.forget()
      if Task.isCancelled { break }
    }
    return results
  }
}
