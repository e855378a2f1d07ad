public import FlashCost
public import KernelTrees
public import PatchStack
public import XIPKernel

/// What became of one version with one toolchain.
public struct VersionResult: Codable, Hashable, Sendable {
  /// The release's tag, such as `v6.12.107`.
  public var version: String
  /// The toolchain's name: `gcc` or `clang`, with `-big` behind it for the big-endian kernel.
  public var toolchain: String
  /// How the climb ended.
  public var verdict: Verdict
  /// The highest rung reached, or nil when not even the tree could be had.
  public var rung: Rung?
  /// Why the climb ended below its goal, or nil when it passed.
  public var reason: String?
  /// The part of the compiler's log or of the console that tells of the failure, or nil when there is none.
  public var log: String?
  /// What became of each patch, in the series' order; empty below `rebased`.
  public var patches: [PatchResult] = []
  /// The form of the series that was carried, or nil for the series itself.
  public var variant: String?
  /// The release's own tree, 40 hexadecimal digits.
  public var base: String?
  /// Whose signature vouches for the release's tree, or nil below `fetched`.
  public var verification: Verification?
  /// The last of the series' commits, 40 hexadecimal digits.
  public var commit: String?
  /// The tree with the series on it, 40 hexadecimal digits.
  public var tree: String?
  /// The SHA-256 over the patches' own, as KCIDB's `patchset_hash`.
  public var series: String
  /// The SHA-256 over all that the result depends on; results of one key may stand for each other.
  public var key: String?
  /// The compiler, assembler and linker, as they name themselves.
  public var compiler: String?
  /// QEMU's version.
  public var qemu: String?
  /// The size of the flash image.
  public var imageBytes: Int?
  /// What both kernels said of their memory.
  public var memory: Memory?
  /// The proofs that it executes in place, each with its control; nil below `proved`.
  public var proofs: [Proof]?
  /// What was found of applications that execute in place; nil where none were booted.
  public var applications: ApplicationFindings?
  /// The instructions from reset to power-off, with `docs/proof.md`'s clock; nil below `proved`.
  public var instructions: Int?
  /// What its ways of booting do and miss, as `measure` found; nil where that was not measured.
  public var costs: Costs?
  /// The SHA-256 over all that the boots run on, but for the release's name; results of one boot alike.
  public var linked: String?
  /// The version and the toolchain whose boots these are, as its kernels are the same but for the release's name; nil
  /// where it booted itself.
  public var sharedWith: String?
  /// Every try of a rung that was not reached at first, in order; nil where no rung was tried again.
  public var tries: [Try]?
  /// Whether the same content came to different ends, of which the lowest counts; nil where it did not.
  public var flaky: Bool?
  /// The seconds that each rung took, to a tenth.
  public var seconds: [String: Double] = [:]
  /// When the climb ended, ISO 8601 in UTC.
  public var date: String

  /// Makes the result of a climb that has not begun.
  public init(version: String, toolchain: String, series: String, date: String) {
    self.version = version
    self.toolchain = toolchain
    self.series = series
    self.date = date
    verdict = .error
  }

  /// Makes the result of the rung `rebased` from what became of the series on a tag.
  ///
  /// - Parameters:
  ///   - rebase: What became of it.
  ///   - toolchain: The toolchain's name.
  ///   - date: When, ISO 8601 in UTC.
  public init(_ rebase: RebaseResult, toolchain: String, date: String) {
    self.init(version: rebase.target, toolchain: toolchain, series: rebase.series, date: date)
    take(rebase)
    verdict = rebase.isClean ? .pass : .fail
    rung = rebase.isClean ? .rebased : .fetched
    if !rebase.isClean { reason = "not rebased: \(rebase.conflictText)" }
  }

  /// Takes over what became of each patch.
  mutating func take(_ rebase: RebaseResult) {
    series = rebase.series
    variant = rebase.variant
    patches = rebase.patches
    commit = rebase.commit.map { "\($0)" }
    tree = rebase.tree.map { "\($0)" }
  }

  /// Whether a proof was tried on a kernel that is wrong on purpose.
  var hasBrokenKernels: Bool { proofs?.contains { $0.broken != nil } ?? false }

  /// Takes over what came of the boots of `other`, whose kernels are the same.
  mutating func share(_ other: VersionResult, upTo goal: Rung) {
    sharedWith = other.sharedWith ?? "\(other.version) \(other.toolchain)"
    memory = other.memory
    rung = .booted
    guard goal == .proved, other.rung == .proved else { return }
    (proofs, instructions, rung) = (other.proofs, other.instructions, .proved)
  }

  /// Takes over what the proof found.
  mutating func take(_ findings: ProofFindings) {
    proofs = findings.proofs
    instructions = findings.instructions
    memory?.xip.smallestKiB = findings.smallestMemory.xipKiB
    memory?.stock.smallestKiB = findings.smallestMemory.twinKiB
  }

  /// One try of a rung.
  public struct Try: Codable, Hashable, Sendable {
    /// The rung that was tried.
    public var rung: Rung
    /// Why it was not reached, or nil when it was.
    public var reason: String?

    /// Makes a try of `rung` that failed for `reason`, or did not.
    public init(rung: Rung, reason: String? = nil) {
      self.rung = rung
      self.reason = reason
    }
  }

  /// The memory that the kernel leaves to others, with XIP and without.
  public struct Memory: Codable, Hashable, Sendable {
    /// Of the kernel that runs from flash.
    public var xip: Figures
    /// Of its twin that was loaded to RAM.
    public var stock: Figures

    /// Makes the pair.
    public init(xip: Figures, stock: Figures) {
      self.xip = xip
      self.stock = stock
    }

    /// What one kernel said at boot.
    public struct Figures: Codable, Hashable, Sendable {
      /// Free for the page allocator when the line was printed, before init memory was freed.
      public var availableKiB: Int
      /// Held by the kernel at that time.
      public var reservedKiB: Int
      /// The kernel's own `Memory:` line.
      public var line: String
      /// `MemAvailable` once the first process had done its work, nil where it could not read it.
      public var afterInitKiB: Int?
      /// The least RAM, in steps of 256 KiB, with which the first process still starts; nil below `proved`.
      public var smallestKiB: Int?

      /// Makes the figures of one kernel.
      public init(
        availableKiB: Int, reservedKiB: Int, line: String, afterInitKiB: Int? = nil, smallestKiB: Int? = nil
      ) {
        self.availableKiB = availableKiB
        self.reservedKiB = reservedKiB
        self.line = line
        self.afterInitKiB = afterInitKiB
        self.smallestKiB = smallestKiB
      }
    }
  }
}
