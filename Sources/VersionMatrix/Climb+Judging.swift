import Host
import KernelTrees
import PatchStack
import SystemPackage
import XIPKernel

// The rungs above the compiler, which run while the next version compiles.

extension Climb {
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
    if result.rung == .laidOut { try Ladder.pointLast(at: files, in: ladder.cache) }
    guard !isOver else { return }
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
}
