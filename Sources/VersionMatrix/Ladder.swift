public import Host
public import KernelTrees
public import PatchStack
public import SystemPackage
public import Versions
public import XIPKernel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The road that versions travel: fetched, rebased, compiled, laid out, booted, proved.
public struct Ladder: Sendable {
  /// What all results depend on.
  public var project: Project
  /// The patches, in the forms that they have for ranges of versions.
  public var variants: Variants
  /// The patches as they are without a range.
  public var series: Series
  /// Where the trees are kept.
  public var store: Store
  /// Where trees come from that the store does not have.
  public var sources: TreeSources
  /// Where everything that can be made again is kept.
  public var cache: CacheFolder
  /// The column of the toolchain table.
  public var compiler: Compiler
  /// The last rung to climb.
  public var goal: Rung
  /// How many compilers run at once.
  public var jobs: Int
  /// The order of the bytes in the target's words.
  public var byteOrder = ByteOrder.little
  /// Whether the proofs are tried on kernels that are built wrong on purpose as well.
  public var buildsBrokenKernels = false
  /// Whether applications are booted from flash and from RAM as well.
  public var bootsApplications = false
  /// The versions to take, the first that can be had, where one cannot; for what runs unattended.
  public var substitutes: [Version] = []
  /// Whether versions climb even where a kept result of the same content tells how they fare.
  public var isForced = false
  /// Whether a boot on record stands for that of another release whose kernels are the same but for its name.
  public var sharesBoots = false
  /// Whether what is in conflict is laid out in a folder, for somebody to settle.
  public var leavesConflicts = true
  /// A commit between releases, 40 hexadecimal digits, that climbs in the place of the version's own tag.
  public var commit: String?
  /// Rebases that went through already, with what a person decided in them, by their tags.
  public var settled: [String: RebaseResult] = [:]

  /// Makes the ladder for `variants`, whose form without a range is `series`.
  public init(
    project: Project, variants: Variants, series: Series, store: Store, sources: TreeSources,
    cache: CacheFolder,
    compiler: Compiler, goal: Rung, jobs: Int
  ) {
    self.project = project
    self.variants = variants
    self.series = series
    self.store = store
    self.sources = sources
    self.cache = cache
    self.compiler = compiler
    self.goal = goal
    self.jobs = jobs
  }

  /// Climbs the ladder for each of `versions`.
  ///
  /// The cheap rungs come first and for all versions, so that every conflict is known before the first compiler
  /// starts. A version that fails does not keep the others from going on.
  ///
  /// - Parameters:
  ///   - versions: The releases; one named twice is built once.
  ///   - progress: Told of every rung of every version.
  ///   - finished: Called with each result as soon as it stands; returns it as it is to be told.
  /// - Returns: The results in the order of `versions`.
  /// - Throws: Only what concerns no single version: an interruption, a fault of the series or of the project.
  public func climb(
    _ versions: [Version], progress: Progress,
    finished: @escaping @Sendable (VersionResult) throws -> VersionResult
  ) async throws -> [VersionResult] {
    let record = try Record.load(project.record)
    return try await versions.map { version in
      let expected = record.expectedSeconds(version.tag, toolchain: toolchainName, goal: goal)
      return Climb(self, version, expected: expected, progress: progress)
    }
    .finish(finished)
  }

  /// Whether more is built of a version that is proved, which takes its objects.
  var buildsMore: Bool { buildsBrokenKernels || bootsApplications }

  /// The directory of what was built of `version`, kept until it is built again.
  public func results(of version: Version) -> KernelFiles {
    let name = commit.map { String($0.prefix(12)) } ?? version.tag
    return KernelFiles(cache.path.appending("results").appending("\(name)-\(toolchainName)"))
  }

  /// The name that results carry: the compiler's, and the byte order where it is not the usual one.
  public var toolchainName: String {
    byteOrder == .little ? compiler.rawValue : "\(compiler.rawValue)-\(byteOrder.rawValue)"
  }

  /// What the series is carried onto for `version`: its tag, or the commit in its place.
  func target(of version: Version) -> String { commit ?? version.tag }

  /// The folder where a rebase onto `tag` waits for its conflicts to be settled.
  func folder(of tag: String) -> FilePath { project.conflicts.appending(tag) }

  /// The MiB that results may take, and downloads, unless `XIP_REBASE_RESULTS` says another number: some hundred versions.
  static let resultsLimit = 4096

  /// The link to the directory of the last version that was built.
  public static func lastResults(in cache: CacheFolder) -> FilePath {
    cache.path.appending("results").appending("last")
  }
}
