import Host
import KernelTrees
import PatchStack
import SystemPackage
import Versions
import XIPKernel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One version on its way up the ladder, and what is known of it so far.
struct Climb {
  let ladder: Ladder
  var version: Version
  let progress: Progress
  private let clock = ContinuousClock()
  var result: VersionResult
  /// The recorded resolutions that the rebase used.
  var resolutions: [String] = []
  /// Whether the climb has ended, at its goal or below.
  var isOver = false
  /// What builds and boots the version, once that is known.
  var means: Means?
  /// The locks that keep other processes from what is compiled and booted.
  var locks: [WaitedLock] = []
  /// The word that what is built on and what is built may not be trimmed away.
  var holds: [DirectoryHold] = []

  /// What a rebased version is built and booted with.
  struct Means: Sendable {
    let inputs: Inputs
    let toolchain: Toolchain
    let machine: Machine
    /// The build whose objects are still there, nil when an earlier run compiled.
    var build: KernelBuild?
  }

  /// Makes the climb of `version`, which took `expected` seconds before, as far as that is known.
  init(_ ladder: Ladder, _ version: Version, expected: Double?, progress: Progress) {
    self.ladder = ladder
    self.version = version
    self.progress = progress.about("\(version.tag) \(ladder.toolchainName)")
    self.progress(.planned(seconds: expected))
    result = VersionResult(
      version: ladder.target(of: version), toolchain: ladder.toolchainName, series: ladder.series.identity,
      date: "")
  }

  /// Whether it compiles after its first boots, too.
  var isAlone: Bool { ladder.buildsMore }

  /// The directory of what is built.
  var files: KernelFiles { ladder.results(of: version) }

  /// Lets other processes go on with what it locked.
  mutating func letGo() {
    for lock in locks { lock.letGo() }
    locks = []
  }
}

extension Climb {
  /// Keeps what grows with every version within its bound; that it cannot is no failure of a climb.
  func boundCache() {
    let limit = getenv("XIP_REBASE_RESULTS").flatMap { Int(String(cString: $0)) } ?? Ladder.resultsLimit
    let removed = (try? CacheContents.bound(ladder.cache, to: limit << 20)) ?? []
    for part in removed { progress(.noted("removed \(part.name), which was used longest ago")) }
  }

  /// Does the work of one rung, unless an earlier run reached it, and takes what comes of it into the result.
  ///
  /// From `compiled` on the result is kept beside the kernels, so that a run that is killed goes on behind it.
  ///
  /// - Parameters:
  ///   - rung: The rung.
  ///   - tries: The tries that the work took, asked for when it failed.
  ///   - work: The work.
  ///   - summary: What came of it, in words.
  /// - Returns: What the work returned, or nil when it failed, was done before or lies above the goal.
  /// - Throws: What concerns more than this version.
  @discardableResult
  mutating func climb<Value>(
    to rung: Rung, tries: () -> Tries = { Tries() }, _ work: () async throws -> Value,
    summary: (Value, inout VersionResult) throws -> String
  ) async throws -> Value? {
    guard !isOver, result.rung.map({ $0 < rung }) ?? true else { return nil }
    let start = clock.now
    progress(.began("\(version.tag)  \(rung.activity)"))
    do {
      let value = try await work()
      let seconds = (clock.now - start).tenthsOfASecond
      result.seconds[rung.rawValue] = seconds
      let text = try summary(value, &result)
      result.rung = rung
      progress(.ended(summary: line(rung.rawValue, "\(text)  \(seconds) s")))
      if rung == ladder.goal { end(.pass, nil) }
      if rung >= .compiled { try KeptResult.write(result, to: files) }
      return value
    } catch {
      try fail(rung, error, tries().outcomes)
      return nil
    }
  }

  /// Does what a rung needs beforehand; a failure ends the climb below it.
  mutating func prepare<Value>(_ work: () async throws -> Value) async throws -> Value? {
    guard !isOver else { return nil }
    do {
      return try await work()
    } catch {
      try fail(.compiled, error)
      return nil
    }
  }

  /// Ends the climb with the failure `error` on the way to `rung`, unless it concerns more than this version.
  private mutating func fail(
    _ rung: Rung, _ error: any Error, _ tries: [VersionResult.Try] = []
  ) throws {
    guard let failure = error as? any Failure else { throw error }
    switch failure.blame {
    case .interruption, .usage: throw failure
    case .version, .infrastructure: break
    }
    var reason = "not \(rung.rawValue): \(failure)"
    if tries.count > 1 {
      result.tries = tries.map { .init(rung: $0.rung, reason: $0.reason.map(recorded)) }
      if let disagreement = tries.disagreement {
        result.flaky = true
        reason = "flaky: \(disagreement), but: \(reason)"
      }
    }
    let kernelError = error as? XIPKernelError ?? (error as? TouchedFileBroken)?.failure
    result.log = kernelError?.excerpt.map { recorded($0.text) }
    progress(.ended(summary: line(Verdict(failure.blame).rawValue, reason)))
    end(Verdict(failure.blame), reason)
  }

  /// Returns a line of the log: the version, the word for what became of it, and `text`.
  func line(_ word: String, _ text: String) -> String {
    let width = 8
    return "\(result.version)  \(word)\(String(repeating: " ", count: max(0, width - word.count)))  \(text)"
  }

  /// Ends the climb with `verdict`.
  mutating func end(_ verdict: Verdict, _ reason: String?) {
    result.verdict = verdict
    result.reason = reason.map(recorded)
    result.date = Date.now.formatted(.iso8601)
    isOver = true
    progress(
      .settled("\(verdict.rawValue) at \(result.rung?.rawValue ?? "nothing")", isGood: verdict == .pass))
  }

  /// Returns `text` as it is the same wherever the record was made.
  private func recorded(_ text: String) -> String {
    text.replacing(ladder.cache.path.string, with: "$XDG_CACHE_HOME/xip-rebase")
      .replacing("\(ladder.project.root)/", with: "")
  }
}

extension Duration {
  /// The duration in seconds, cut to tenths: more would only make noise in the record.
  fileprivate var tenthsOfASecond: Double { Double(Int(self / .milliseconds(100))) / 10 }
}
