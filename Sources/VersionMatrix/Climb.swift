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
  private let ladder: Ladder
  private var version: Version
  private let progress: Progress
  private let clock = ContinuousClock()
  private(set) var result: VersionResult
  /// The recorded resolutions that the rebase used.
  private var resolutions: [String] = []
  /// Whether the climb has ended, at its goal or below.
  private(set) var isOver = false
  /// What builds and boots the version, once that is known.
  private var means: Means?
  /// The locks that keep other processes from what is compiled and booted.
  private var locks: [WaitedLock] = []
  /// The word that what is built on and what is built may not be trimmed away.
  private var holds: [DirectoryHold] = []

  /// What a rebased version is built and booted with.
  private struct Means: Sendable {
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

  /// Brings the version's tree into the store.
  mutating func fetch() async throws {
    if let commit = ladder.commit {
      try await climb(to: .fetched) { [ladder] in
        try await ladder.store.commit(commit)
      } summary: { commit, result in
        result.base = commit.tree
        return commit.subject
      }
      return
    }
    let tree = try await climb(to: .fetched) { [ladder, version, progress] in
      let others = ladder.substitutes.filter { $0 != version }
      return try await ladder.sources.fetchFirst(
        of: [version] + others, into: ladder.store, progress: progress)
    } summary: { tree, result in
      result.version = tree.tag
      result.base = tree.tree
      result.verification = tree.verification
      let verified = tree.verification == .nothing ? "not verified" : tree.verification.rawValue
      return "\(tree.provenance?.summary ?? "from the repository"), \(verified)"
    }
    if let tree { version = tree.version }
  }

  /// Puts the series on it.
  mutating func rebase() async throws {
    guard !isOver else { return }
    let series = try ladder.variants.series(for: version)
    let rebase = try await climb(to: .rebased) { [ladder, version, progress] in
      let target = ladder.target(of: version)
      if let settled = ladder.settled[target] { return settled }
      if let rebase = try ladder.rebased(series, onto: target) { return rebase }
      guard let base = Version(series.base) else {
        throw PatchStackError.baseMissing(tag: series.base, repository: ladder.store.path)
      }
      progress(.noted("the merge needs \(base.tag), the base of the series"))
      _ = try await ladder.sources.fetch(base, into: ladder.store, progress: progress)
      guard let rebase = try ladder.rebased(series, onto: target) else {
        throw PatchStackError.baseMissing(tag: base.tag, repository: ladder.store.path)
      }
      return rebase
    } summary: { [ladder] rebase, result in
      result.take(rebase)
      guard rebase.isClean else {
        throw Conflicts(
          text: rebase.conflictText, folder: ladder.leavesConflicts ? ladder.folder(of: rebase.target) : nil)
      }
      return rebase.summary
    }
    resolutions = rebase?.resolutions ?? []
  }

  /// Whether it compiles after its first boots, too.
  var isAlone: Bool { ladder.buildsMore }

  /// The directory of what is built.
  var files: KernelFiles { ladder.results(of: version) }

  /// Compiles it, or takes over what an earlier run of the same content came to.
  ///
  /// Of two processes that climb the same version, the second waits for the first and takes over what that comes to.
  mutating func compile() async throws {
    defer { if isOver { letGo() } }
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
    let claim = try await prepare { [files, progress] in
      try await WaitedLock.take(
        files.directory.appending("lock"), while: "at work in \(files.directory)", progress: progress)
    }
    guard let claim else { return }
    locks.append(claim)
    means = Means(inputs: inputs, toolchain: toolchain, machine: machine)
    let folder = ladder.cache.path
    let needed = [
      files.directory, folder.appending("work"),
      folder.appending("objects").appending(toolchain.directoryName),
    ]
    guard let holds = try await prepare({ try needed.map { try DirectoryHold($0) } }) else { return }
    self.holds = holds
    if try takeOver(key) { return }

    let work = WorkDirectory(at: ladder.cache.path.appending("work"))
    guard let room = try await prepare({ [progress] in try await work.reserve(progress: progress) }) else {
      return
    }
    locks.append(room)
    var build: KernelBuild?
    try await climb(to: .compiled) { [ladder, version, result, files, progress] in
      guard let commit = result.commit else { preconditionFailure("a rebased version has a commit") }
      try KeptResult.forget(in: files)
      let tree = try await work.checkOut(commit: commit, from: ladder.store, progress: progress)
      var kernel = KernelBuild(
        of: version, tree: tree, inputs: inputs, toolchain: toolchain,
        objects: ladder.cache.path.appending("objects"), results: files, jobs: ladder.jobs,
        confinement: confinement)
      let series = try ladder.variants.series(for: version)
      kernel.ahead = series.targets
      if case .none(let reason) = confinement {
        progress(.noted("the kernel's makefiles run with the user's network and files: \(reason)"))
      }
      build = kernel
      do {
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
      } catch let failure as XIPKernelError {
        throw TouchedFileBroken(failure, in: series) ?? failure
      }
    } summary: { kernel, _ in
      kernel.summary
    }
    means?.build = build
    // Broken kernels are built behind the proofs.
    if !isAlone { room.letGo() }
  }

  private mutating func letGo() {
    for lock in locks { lock.letGo() }
    locks = []
  }

  /// Takes over what is kept of an earlier run of the content `key`.
  ///
  /// - Returns: Whether it had been compiled.
  private mutating func takeOver(_ key: String) throws -> Bool {
    guard !ladder.isForced, let kept = KeptResult.read(from: files, key: key) else { return false }
    if kept.rung >= ladder.goal {
      // What is to be seen of more kernels takes the objects of these.
      guard !ladder.buildsBrokenKernels || kept.result.hasBrokenKernels else { return false }
      if ladder.bootsApplications {
        guard let sources = kept.result.applications?.sources,
          try sources == ladder.project.applicationSources
        else { return false }
      }
      result = kept.result
      isOver = true
      try ladder.series.resolutions.confirm(resolutions)
      progress(
        .ended(summary: line("kept", "the same content was built and booted before: \(files.directory)")))
      progress(.settled("kept at \(kept.rung.rawValue)", isGood: true))
      try Ladder.pointLast(at: files, in: ladder.cache)
      return true
    }
    guard !ladder.buildsMore else { return false }
    let unfinished = result
    result = kept.result
    (result.verdict, result.date) = (unfinished.verdict, unfinished.date)
    progress(.noted("\(result.version) goes on behind \(kept.rung.rawValue), which an earlier run reached"))
    return true
  }

  /// Lays out, boots and proves what was compiled.
  mutating func judge() async throws {
    defer { letGo() }
    guard !isOver, let means else { return }
    let machine = means.machine
    try await climb(to: .laidOut) { [files] in
      let laidOut = try await LaidOut(CompiledKernel(in: files, means.toolchain), inputs: means.inputs)
      let conditions = ["judgement \(ContentKey.judgement)", "qemu \(machine.version)"]
      return (laidOut, try BootedBytes(of: files, under: conditions).digest)
    } summary: { made, result in
      let laidOut = made.0
      result.imageBytes = laidOut.imageSize
      result.linked = made.1
      return "\(laidOut.imageSize) of \(FlashImage.capacity) bytes of flash, \(laidOut.checks.count) checks"
    }
    guard !isOver else { return }
    try Ladder.pointLast(at: files, in: ladder.cache)
    try share()

    var tries = Tries()
    try await climb(to: .booted, tries: { tries }) { [files, progress] in
      try await tries.run(.booted, progress: progress) { number in
        try await machine.boot(files.ofTry(number), progress: progress)
      }
    } summary: { booted, result in
      result.memory = .init(booted)
      return booted.summary
    }
    try await climb(to: .proved, tries: { tries }) { [ladder, files, progress] in
      var proved = try await tries.run(.proved, progress: progress) { number in
        try await machine.prove(files.ofTry(number), progress: progress)
      }
      guard ladder.buildsMore, let build = means.build else { return (proved, nil) }
      let shim = try await BootShim(building: means.inputs, with: means.toolchain)
      if ladder.buildsBrokenKernels {
        for defect in Defect.allCases {
          progress(.noted("building a kernel that is wrong on purpose: \(defect.rawValue)"))
          guard let broken = try await build.run(with: defect, progress: progress) else { continue }
          proved.add(try await machine.control(defect, in: broken, shim: shim), of: defect)
        }
        try proved.findings.check()
      }
      guard ladder.bootsApplications else { return (proved, nil) }
      let kernels = try await build.run(applications: ladder.project.applications, progress: progress)
      let sources = try ladder.project.applicationSources
      let applications = try await machine.findings(of: kernels, shim: shim, sources: sources)
      try applications.check()
      return (proved, applications)
    } summary: { (found: (proved: Proved, applications: ApplicationFindings?), result) in
      result.take(found.proved.findings)
      result.applications = found.applications
      return found.proved.summary + (found.applications.map { "; applications: \($0.summary)" } ?? "")
    }
    if result.verdict == .pass { try ladder.series.resolutions.confirm(resolutions) }
  }
}

extension Climb {
  /// Keeps what grows with every version within its bound; that it cannot is no failure of a climb.
  func boundCache() {
    let limit = getenv("XIP_REBASE_RESULTS").flatMap { Int(String(cString: $0)) } ?? Ladder.resultsLimit
    let removed = (try? CacheContents.bound(ladder.cache, to: limit << 20)) ?? []
    for part in removed { progress(.noted("removed \(part.name), which was used longest ago")) }
  }

  /// Takes over what is on record of the boots of the same kernels.
  private mutating func share() throws {
    guard ladder.sharesBoots, !ladder.isForced, !ladder.buildsMore, !isOver, result.rung == .laidOut,
      let linked = result.linked, let record = try? Record.load(ladder.project.record),
      let other = record.result(linked: linked, ofOthersThan: result.version)
    else { return }
    result.share(other, upTo: ladder.goal)
    guard let rung = result.rung else { return }
    let words = "as \(result.sharedWith ?? ""), whose kernels are the same but for the release's name"
    progress(.ended(summary: line(rung.rawValue, words)))
    if rung == ladder.goal { end(.pass, nil) }
    try KeptResult.write(result, to: files)
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
  private mutating func climb<Value>(
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
  private func line(_ word: String, _ text: String) -> String {
    let width = 8
    return "\(result.version)  \(word)\(String(repeating: " ", count: max(0, width - word.count)))  \(text)"
  }

  private mutating func end(_ verdict: Verdict, _ reason: String?) {
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

extension Ladder {
  /// Returns what became of the series on `tag`, or nil when deciding that takes the base's tree, which is not there.
  ///
  /// With conflicts the files concerned wait in the version's folder.
  fileprivate func rebased(_ series: Series, onto tag: String) throws(PatchStackError) -> RebaseResult? {
    let branch = commit == nil ? "refs/heads/xip/\(tag)" : "refs/xip-rebase/bisect"
    do {
      if !leavesConflicts {
        return try Rebaser.run(series, onto: tag, repository: store.path, mode: .write(branch: branch))
      }
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
  /// Where they wait to be settled, if they do.
  let folder: FilePath?

  var blame: Blame { .version }
  var description: String {
    folder.map { "\(text)\nsettle it in \($0), then: xip-rebase continue" } ?? text
  }
}

extension Duration {
  /// The duration in seconds, cut to tenths: more would only make noise in the record.
  fileprivate var tenthsOfASecond: Double { Double(Int(self / .milliseconds(100))) / 10 }
}
