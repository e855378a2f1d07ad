import Host
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The kernel's own `make`, run for one tree with its objects elsewhere.
struct KernelMake: Sendable {
  /// The directory of the sources, which is not written to.
  let tree: FilePath
  /// The directory of the objects (`O=`).
  let objects: FilePath
  /// Architecture and programs.
  let toolchain: Toolchain
  /// How many compilers run at once.
  let jobs: Int
  /// What keeps the tree's makefiles from doing more than building.
  let confinement: Confinement

  /// The variables that would otherwise make two builds of one tree differ.
  ///
  /// The timestamp must not be empty: `usr/Makefile` leaves the files' dates in the initramfs then.
  private static let constants = [
    "KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 2026", "KBUILD_BUILD_USER=xip-rebase",
    "KBUILD_BUILD_HOST=xip-rebase", "KBUILD_BUILD_VERSION=1", "LOCALVERSION=",
  ]

  /// The user's variables that reach the kernel's makefiles, beside the impersonal ones.
  ///
  /// The makefiles heed dozens (`KCFLAGS`, or `MAKEFLAGS` with an outer make's job server), and secrets are none of
  /// their business.
  private static let inherited = Command.impersonal.union(["CCACHE_DIR"])

  /// Runs `make target`, its output going to the file `log` too.
  ///
  /// - Parameters:
  ///   - target: The target, with variables before it where it needs some.
  ///   - log: The file that gets every line, written anew.
  ///   - object: Called with the number of objects made so far, at each one.
  /// - Returns: What the output tells of a build that succeeded.
  /// - Throws: `XIPKernelError` when the build fails, by what its output names first.
  func run(
    _ target: [String], log: FilePath, object: (Int) -> Void = { _ in }
  ) async throws(XIPKernelError) -> BuildLog {
    let (told, status) = try await told(target, log: log, object: object)
    if status.isSuccess { return told }

    if let line = told.exhaustion { throw .machineExhausted(line, log: log) }
    if let line = told.crash { throw .compilerCrashed(line, log: log) }
    if !told.orphans.isEmpty { throw .orphanSections(told.orphans, log: log) }
    if !told.missing.isEmpty { throw .sourceMissing(told.missing, log: log) }
    throw .buildFailed(error: told.firstError ?? told.makeError ?? "make ended with \(status)", log: log)
  }

  /// Makes what can be made of `objects`; what only this makes is left to the whole build.
  ///
  /// A source that the configuration leaves out has no rule, and its file of another version need not be there.
  ///
  /// - Parameters:
  ///   - objects: Names as `make` takes them, such as `arch/mips/kernel/setup.o`.
  ///   - log: The file that gets every line, written anew.
  ///   - object: Called with the number of objects made so far, at each one.
  /// - Returns: What the output tells.
  /// - Throws: `XIPKernelError.buildFailed` with the first error of a compiler, `.sourceMissing` with what else the
  ///   tree lacks, `.machineExhausted`, `.compilerCrashed`, or `.command` on cancellation.
  func runAhead(
    _ objects: [String], log: FilePath, object: (Int) -> Void = { _ in }
  ) async throws(XIPKernelError) -> BuildLog {
    let (told, _) = try await told(["-k"] + objects, log: log, object: object)
    if let line = told.exhaustion { throw .machineExhausted(line, log: log) }
    if let line = told.crash { throw .compilerCrashed(line, log: log) }
    let missing = told.missing.filter { !objects.contains($0) }
    if !missing.isEmpty { throw .sourceMissing(missing, log: log) }
    if let error = told.firstError { throw .buildFailed(error: error, log: log) }
    return told
  }

  private func told(
    _ target: [String], log: FilePath, object: (Int) -> Void
  ) async throws(XIPKernelError) -> (BuildLog, Command.Status) {
    let command = Command(
      "make",
      ["-C", tree.string, "-j\(jobs)", "O=\(objects)"] + toolchain.makeVariables + Self.constants + target,
      environment: ["LC_ALL": "C"], inheriting: Self.inherited)
    let confined = confinement.applied(to: command, writable: writable)
    var file = try XIPKernelError.file { () throws(FileFailure) in try LogFile(log) }
    file.append(Array("\(command)\n".utf8).span.bytes)
    var told = BuildLog(roots: [objects.string, tree.string])
    var lines = Lines()
    let status = try await XIPKernelError.command { () async throws(CommandError) in
      try await confined.run { piece in
        file.append(piece)
        lines.add(piece) { if told.add($0) { object(told.objects) } }
      }
    }
    lines.finish { told.add($0) }
    try XIPKernelError.file { () throws(FileFailure) in try file.check() }
    return (told, status)
  }

  /// The directories that a build writes to: its objects, and what a compiler's cache in `PATH` keeps.
  private var writable: [FilePath] {
    guard let cache = getenv("CCACHE_DIR").map({ FilePath(String(cString: $0)) }), Files.isDirectory(cache)
    else { return [objects] }
    return [objects, cache]
  }
}
