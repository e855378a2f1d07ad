internal import Git
public import SystemPackage
public import Versions

/// The dry run of one series on many versions.
public enum Check {
  /// What became of the series on one version, or why that could not be told.
  public typealias Finding = Result<RebaseResult, PatchStackError>

  /// Sets up the process's memory for work on large files; to be called before it starts a thread.
  public static func prepareMemory() {
    Repository.prepareMemory()
  }

  /// Returns the versions whose tags the repository at `path` has, in the order of releases.
  ///
  /// Nothing but the names is read, so a tag need not lead to a whole tree.
  public static func versions(in path: FilePath) throws(PatchStackError) -> [Version] {
    do {
      let repository = try Repository(opening: path)
      let prefix = "refs/tags/"
      let names = try repository.referenceNames(under: prefix + "v")
      return names.compactMap { name in
        Version(name.dropFirst(prefix.count)).flatMap { prefix + $0.tag == name ? $0 : nil }
      }.sorted()
    } catch {
      throw .git(error)
    }
  }

  /// Returns what becomes of the series on each of `versions`, in their order; nothing is written, and no object named.
  ///
  /// Neighbours share most of their files, so each worker takes a run of neighbours and merges what they share once.
  ///
  /// - Parameters:
  ///   - variants: The series, in the forms that it has for ranges of versions.
  ///   - versions: The versions, best in the order of releases.
  ///   - path: The repository.
  ///   - workers: How many tasks work side by side, each with a handle of its own.
  /// - Returns: One finding for each version, none for those that a cancelled task left out.
  /// - Throws: `PatchStackError` for a series that cannot be read, and for a version in a gap between its forms.
  public static func run(
    _ variants: Variants, onto versions: [Version], repository path: FilePath, workers: Int
  ) async throws(PatchStackError) -> [Finding] {
    var series: [Variants.Form?: Series] = [:]
    var jobs: [Job] = []
    for version in versions {
      let form = try variants.form(for: version)
      let found = if let known = series[form] { known } else { try variants.load(form) }
      series[form] = found
      jobs.append(Job(series: found, target: version.tag))
    }
    let size = max(1, (jobs.count + workers - 1) / max(1, workers))
    let runs = stride(from: 0, to: jobs.count, by: size).map { jobs[$0..<min($0 + size, jobs.count)] }
    if runs.count <= 1 { return try findings(of: jobs[...], path) }
    let done = await withTaskGroup(of: (Int, Result<[Finding], PatchStackError>).self) { group in
      for (number, run) in runs.enumerated() {
        group.addTask {
          (number, Result { () throws(PatchStackError) in try findings(of: run, path) })
        }
      }
      var done: [(Int, Result<[Finding], PatchStackError>)] = []
      for await result in group { done.append(result) }
      return done.sorted { $0.0 < $1.0 }
    }
    var all: [Finding] = []
    for (_, result) in done { all += try result.get() }
    return all
  }

  private struct Job: Sendable {
    let series: Series
    let target: String
  }

  private static func findings(
    of jobs: ArraySlice<Job>, _ path: FilePath
  ) throws(PatchStackError) -> [Finding] {
    var findings: [Finding] = []
    var rest = jobs
    while let first = rest.first {
      var rebaser = try Rebaser(first.series, repository: path)
      while let job = rest.first, job.series.variant == first.series.variant {
        findings.append(Result { () throws(PatchStackError) in try rebaser.check(onto: job.target) })
        rest.removeFirst()
        if Task.isCancelled { return findings }
      }
    }
    return findings
  }
}
