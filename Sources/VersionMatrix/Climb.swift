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

/// One version on its way up the ladder, and what is known of it so far.
struct Climb {
  private let ladder: Ladder
  private var version: Version
  private let progress: Progress
  private let clock = ContinuousClock()
  private(set) var result: VersionResult
  /// The recorded resolutions that the rebase used.
  private var resolutions: [String] = []
  /// Whether the climb has ended, at its goal or below.
  private(set) var isOver = false

  init(_ ladder: Ladder, _ version: Version, progress: Progress) {
    self.ladder = ladder
    self.version = version
    self.progress = progress
    result = VersionResult(
      version: version.tag, toolchain: ladder.toolchainName, series: ladder.series.identity, date: "")
  }

  /// Brings the version's tree into the store.
  mutating func fetch() async throws {
    let tree = try await climb(to: .fetched) { [ladder, version, progress] in
      let others = ladder.substitutes.filter { $0 != version }
      return try await ladder.sources.fetchFirst(
        of: [version] + others, into: ladder.store, progress: progress)
    } summary: { tree, result in
      result.version = tree.tag
      result.base = tree.tree
      return tree.provenance?.summary ?? "from the repository"
    }
    if let tree { version = tree.version }
  }

  /// Puts the series on it.
  mutating func rebase() async throws {
    guard !isOver else { return }
    let series = try ladder.variants.series(for: version)
    let rebase = try await climb(to: .rebased) { [ladder, version, progress] in
      if let settled = ladder.settled[version.tag] { return settled }
      if let rebase = try ladder.rebased(series, onto: version.tag) { return rebase }
      guard let base = Version(series.base) else {
        throw PatchStackError.baseMissing(tag: series.base, repository: ladder.store.path)
      }
      progress(.noted("the merge needs \(base.tag), the base of the series"))
      _ = try await ladder.sources.fetch(base, into: ladder.store, progress: progress)
      guard let rebase = try ladder.rebased(series, onto: version.tag) else {
        throw PatchStackError.baseMissing(tag: base.tag, repository: ladder.store.path)
      }
      return rebase
    } summary: { [ladder] rebase, result in
      result.take(rebase)
      guard rebase.isClean else {
        throw Conflicts(text: rebase.conflictText, folder: ladder.folder(of: rebase.target))
      }
      return rebase.summary
    }
    resolutions = rebase?.resolutions ?? []
  }

  /// Compiles, lays out, boots and proves it, or takes over a result of the same content.
  mutating func build() async throws {
    let files = ladder.results(of: version)
    let inputs = Inputs(
      shim: ladder.project.shim, userspace: ladder.project.userspace, config: ladder.project.configuration)

    let found = try await prepare { [ladder, version] in
      let toolchain = try await Toolchain.find(ladder.compiler, ladder.byteOrder, for: version)
      return (toolchain, try await Machine.find(toolchain.byteOrder), await Confinement.find())
    }
    guard let (toolchain, machine, confinement) = found else { return }
    result.compiler = toolchain.summary
    result.qemu = machine.version
    guard let key = try await prepare({ [ladder, result] in try ContentKey(result, ladder.project).hex })
    else { return }
    result.key = key
    if !ladder.isForced, let kept = KeptResult.read(from: files, key: key, goal: ladder.goal),
      !ladder.buildsBrokenKernels || kept.hasBrokenKernels
    {
      result = kept
      isOver = true
      try ladder.series.resolutions.confirm(resolutions)
      progress(
        .ended(summary: line("kept", "the same content was built and booted before: \(files.directory)")))
      try Ladder.pointLast(at: files, in: ladder.cache)
      return
    }

    var build: KernelBuild?
    let compiled = try await climb(to: .compiled) { [ladder, version, result, progress] in
      guard let commit = result.commit else { preconditionFailure("a rebased version has a commit") }
      try KeptResult.forget(in: files)
      let work = WorkDirectory(at: ladder.cache.path.appending("work"))
      let tree = try await work.checkOut(commit: commit, from: ladder.store, progress: progress)
      let kernel = KernelBuild(
        of: version, tree: tree, inputs: inputs, toolchain: toolchain,
        objects: ladder.cache.path.appending("objects"), results: files, jobs: ladder.jobs,
        confinement: confinement)
      if case .none(let reason) = confinement {
        progress(.noted("the kernel's makefiles run with the user's network and files: \(reason)"))
      }
      build = kernel
      // A sparse tree is widened by what the build turns out to need.
      while true {
        switch try await kernel.attempt(progress: progress) {
        case .done(let compiled): return compiled
        case .needs(let missing, let failure):
          var isWider = false
          for file in missing {
            if try await work.widen(file, from: ladder.store, progress: progress) { isWider = true }
          }
          guard isWider else { throw failure }
          progress(.noted("the build needs more of the tree: \(missing.joined(separator: ", "))"))
        }
      }
    } summary: { kernel, _ in
      kernel.summary
    }

    guard let compiled else { return }
    let laidOut = try await climb(to: .laidOut) {
      try await LaidOut(compiled, inputs: inputs)
    } summary: { laidOut, result in
      result.imageBytes = laidOut.imageSize
      return "\(laidOut.imageSize) of \(FlashImage.capacity) bytes of flash, \(laidOut.checks.count) checks"
    }
    guard let laidOut else { return }
    try Ladder.pointLast(at: files, in: ladder.cache)

    let booted = try await climb(to: .booted) { [progress] in
      try await machine.boot(laidOut, progress: progress)
    } summary: { booted, result in
      result.memory = .init(booted)
      return booted.summary
    }
    guard let booted else { return }
    try await climb(to: .proved) { [ladder, progress] in
      var proved = try await machine.prove(booted, progress: progress)
      guard ladder.buildsBrokenKernels, let build else { return proved }
      let shim = try await BootShim(building: inputs, with: toolchain)
      for defect in Defect.allCases {
        progress(.noted("building a kernel that is wrong on purpose: \(defect.rawValue)"))
        guard let broken = try await build.run(with: defect, progress: progress) else { continue }
        proved.add(try await machine.control(defect, in: broken, shim: shim), of: defect)
      }
      try proved.findings.check()
      return proved
    } summary: { proved, result in
      result.take(proved.findings)
      return proved.summary
    }
    if result.verdict == .pass {
      try ladder.series.resolutions.confirm(resolutions)
      try KeptResult.write(result, to: files)
    }
  }
}

extension Climb {
  /// Does the work of one rung, and takes what comes of it into the result.
  ///
  /// - Returns: What the work returned, or nil when it failed or lies above the goal.
  @discardableResult
  private mutating func climb<Value>(
    to rung: Rung, _ work: () async throws -> Value,
    summary: (Value, inout VersionResult) throws -> String
  ) async throws -> Value? {
    guard !isOver else { return nil }
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
      return value
    } catch {
      try fail(rung, error)
      return nil
    }
  }

  /// Does what a rung needs beforehand; a failure ends the climb below it.
  private mutating func prepare<Value>(_ work: () async throws -> Value) async throws -> Value? {
    guard !isOver else { return nil }
    do {
      return try await work()
    } catch {
      try fail(.compiled, error)
      return nil
    }
  }

  /// Ends the climb with the failure `error` on the way to `rung`, unless it concerns more than this version.
  private mutating func fail(_ rung: Rung, _ error: any Error) throws {
    guard let failure = error as? any Failure else { throw error }
    switch failure.blame {
    case .interruption, .usage: throw failure
    case .version, .infrastructure: break
    }
    end(Verdict(failure.blame), "not \(rung.rawValue): \(failure)")
    progress(.ended(summary: line(result.verdict.rawValue, "not \(rung.rawValue): \(failure)")))
  }

  /// Returns a line of the log: the version, the word for what became of it, and `text`.
  private func line(_ word: String, _ text: String) -> String {
    let width = 8
    return "\(result.version)  \(word)\(String(repeating: " ", count: max(0, width - word.count)))  \(text)"
  }

  private mutating func end(_ verdict: Verdict, _ reason: String?) {
    result.verdict = verdict
    // The record is the same wherever it was made.
    result.reason = reason?.replacing(ladder.cache.path.string, with: "$XDG_CACHE_HOME/xip-rebase")
      .replacing("\(ladder.project.root)/", with: "")
    result.date = Date.now.formatted(.iso8601)
    isOver = true
  }
}

extension Ladder {
  /// Returns what became of the series on `tag`, or nil when deciding that takes the base's tree, which is not there.
  ///
  /// With conflicts the files concerned wait in the version's folder.
  fileprivate func rebased(_ series: Series, onto tag: String) throws(PatchStackError) -> RebaseResult? {
    let branch = "refs/heads/xip/\(tag)"
    do {
      return try StoppedRebase.begin(
        series, onto: tag, repository: store.path, branch: branch, folder: folder(of: tag))
    } catch .baseMissing {
      return nil
    } catch .stopped {
      // Somebody is at work on it; what is settled there stays.
      return try Rebaser.run(series, onto: tag, repository: store.path, mode: .dryRun)
    }
  }
}

extension KernelBuild {
  /// What one run of the build comes to.
  fileprivate enum Attempt {
    case done(CompiledKernel)
    case needs([String], XIPKernelError)
  }

  fileprivate func attempt(progress: Progress) async throws(XIPKernelError) -> Attempt {
    do {
      return .done(try await run(progress: progress))
    } catch {
      guard case .sourceMissing(let missing, _) = error else { throw error }
      return .needs(missing, error)
    }
  }
}

/// The conflicts that keep a version from being rebased.
private struct Conflicts: Failure {
  let text: String
  let folder: FilePath

  var blame: Blame { .version }
  var description: String { "\(text)\nsettle it in \(folder), then: xip-rebase continue" }
}

extension Duration {
  /// The duration in seconds, cut to tenths: more would only make noise in the record.
  fileprivate var tenthsOfASecond: Double { Double(Int(self / .milliseconds(100))) / 10 }
}
