import Host
import KernelTrees
import PatchStack
import SystemPackage
import Versions
import XIPKernel

// The dear rung: from the rebased tree to two kernels, or to what an earlier run left of them.

extension Climb {
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
