public import FlashCost
public import Host
import KernelTrees
import SystemPackage
public import Versions
import XIPKernel

extension Ladder {
  /// Measures what the boots of `version` do, and what the caches miss.
  ///
  /// The version climbs to `laid-out`, which takes no time where that is kept. Its twin is packed by the kernel's own
  /// makefiles, with objects of their own, where that is not kept; no kernel is compiled for it.
  ///
  /// - Parameters:
  ///   - version: A release.
  ///   - caches: The caches to model.
  ///   - progress: Told of every step.
  /// - Returns: The result of the climb, with the costs where it passed.
  /// - Throws: What concerns more than the climb: `XIPKernelError` of the boots, `TreeError`, an interruption.
  public func measure(
    _ version: Version, caches: [Caches], progress: Progress
  ) async throws -> VersionResult {
    var ladder = self
    ladder.goal = .laidOut
    guard var result = try await ladder.climb([version], progress: progress, finished: { $0 }).first else {
      preconditionFailure("a version has a result")
    }
    guard result.verdict == .pass, let commit = result.commit, let version = Version(result.version) else {
      return result
    }
    let files = results(of: version)
    if !CompressedKernel.isKept(in: files) {
      progress(.began("\(version.tag)  packing the compressed image"))
      // Not the climbs' directory, which another run may be moving to another release.
      let folder = cache.path.appending("measure")
      let hold = try DirectoryHold(folder)
      defer { extendLifetime(hold) }
      let work = WorkDirectory(at: folder.appending("work"))
      let tree = try await work.checkOut(commit: commit, from: store, progress: progress)
      let image = CompressedKernel(
        tree: tree, objects: folder.appending("objects"),
        toolchain: try await Toolchain.find(compiler, byteOrder, for: version), files: files, jobs: jobs,
        confinement: await Confinement.find())
      try await pack(image, in: work, progress: progress)
    }
    progress(.began("\(version.tag)  measuring"))
    let machine = try await Machine.find(byteOrder)
    result.costs = try await machine.costs(
      in: files, plugin: project.plugin, caches: caches, progress: progress)
    return result
  }

  /// Packs the image; a sparse tree is widened by what its makefiles turn out to need.
  private func pack(_ image: CompressedKernel, in work: WorkDirectory, progress: Progress) async throws {
    while true {
      do throws(XIPKernelError) {
        return try await image.build()
      } catch {
        guard case .sourceMissing(let missing, _) = error else { throw error }
        var isWider = false
        for file in missing where try await work.widen(file, from: store, progress: progress) {
          isWider = true
        }
        guard isWider else { throw error }
      }
    }
  }
}
