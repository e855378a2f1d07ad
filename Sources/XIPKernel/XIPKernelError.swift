public import Host
public import SystemPackage

/// The ways in which a kernel fails to be compiled, laid out or booted.
public enum XIPKernelError: Failure {
  /// A program that the work needs is not in `PATH`.
  case programMissing(String, package: String)
  /// A program of ours, found but not to be used.
  case programUnsuitable(String, reason: String)
  /// A file of the project (fragment, shim, list) says something that cannot be used.
  case unusableInput(FilePath, line: Int?, problem: String)
  /// Another run is using the output directory.
  case directoryInUse(FilePath)
  /// The final configuration is not what the fragments ask for.
  case symbolsLost([LostSymbol])
  /// The twin's configuration differs in more than the one symbol: `NAME: value, value in the twin`.
  case twinDiffers([String])
  /// The build names files that are not in the tree: widen a sparse tree by their directories and go on.
  case sourceMissing([String], log: FilePath)
  /// A source file or the link has an error, the first of which this is.
  case buildFailed(error: String, log: FilePath)
  /// The compiler itself failed.
  case compilerCrashed(String, log: FilePath)
  /// The machine ran out of memory or of room on a disk.
  case machineExhausted(String, log: FilePath)
  /// The linker placed sections that the linker script does not name.
  case orphanSections([String], log: FilePath)
  /// The boot shim is larger than the page it has.
  case shimTooLarge(bytes: Int, limit: Int)
  /// The image is larger than the flash.
  case imageTooLarge(bytes: Int, limit: Int)
  /// A file is not an ELF file of the expected kind.
  case malformedELF(FilePath, ELFError)
  /// The XIP kernel fails some of these checks.
  case layoutWrong([LayoutCheck])
  /// The RAM-loaded twin passes all of these checks, which therefore prove nothing.
  case twinPassesLayout([LayoutCheck])
  /// The kernel did not boot to power-off; `kernel` says which.
  case bootFailed(kernel: String, reason: String, console: FilePath)
  /// The XIP kernel fails some of these proofs.
  case notProved([Proof])
  /// Some of these proofs hold for their control as well, and therefore prove nothing.
  case controlPasses([Proof])
  /// The XIP kernel needs about as much RAM as its twin.
  case savesTooLittle(SmallestMemory)
  /// QEMU did not do its part.
  case machineFailed(reason: String)
  /// A file of the work could not be read or written.
  case file(FileFailure)
  /// A program of the work could not be run.
  case command(CommandError)

  /// The version, but for the machine's own failures and the project's own files.
  public var blame: Blame {
    switch self {
    case .programMissing, .programUnsuitable, .directoryInUse, .machineExhausted, .machineFailed:
      .infrastructure
    case .unusableInput, .shimTooLarge: .usage
    case .file(let failure): failure.blame
    case .command(let error): error.blame
    case .symbolsLost, .twinDiffers, .sourceMissing, .buildFailed, .compilerCrashed, .orphanSections,
      .imageTooLarge, .malformedELF, .layoutWrong, .twinPassesLayout, .bootFailed,
      .notProved, .controlPasses, .savesTooLittle:
      .version
    }
  }

  /// What failed, where, and what to do next.
  public var description: String {
    switch self {
    case .programMissing(let program, let package):
      "\(program) is not installed; it is in the package \(package); "
        + "xip-rebase doctor names all that is missing"
    case .programUnsuitable(let program, let reason):
      "\(program) cannot be used: \(reason)"
    case .unusableInput(let path, let line, let problem):
      "\(path):\(line.map { "\($0):" } ?? "") \(problem)"
    case .directoryInUse(let path):
      "\(path) is in use by another run; wait for it to end"
    case .symbolsLost(let symbols):
      "configuration: " + symbols.map(\.description).joined(separator: "; ")
    case .twinDiffers(let differences):
      "configuration: the twin differs in more than XIP: " + differences.joined(separator: "; ")
    case .sourceMissing(let files, let log):
      "the tree lacks \(files.joined(separator: ", ")); the log is \(log)"
    case .buildFailed(let error, let log):
      "\(error); the log is \(log)"
    case .compilerCrashed(let error, let log):
      "the compiler failed: \(error); try the other one (--toolchain); the log is \(log)"
    case .machineExhausted(let line, let log):
      "a part of the build was killed, or the machine ran out of memory or room: \(line); the log is \(log)"
    case .orphanSections(let warnings, let log):
      "the linker script names no place for: \(warnings.joined(separator: "; ")); the log is \(log)"
    case .shimTooLarge(let bytes, let limit):
      "the boot shim is \(bytes) bytes and has room for \(limit)"
    case .imageTooLarge(let bytes, let limit):
      "the image is \(bytes) bytes, the flash \(limit): switch options off in config/malta.config"
    case .malformedELF(let path, let error):
      "\(path): \(error)"
    case .layoutWrong(let checks):
      "layout: "
        + checks.filter { !$0.passed }.map { "\($0.name): \($0.read)" }.joined(separator: "; ")
    case .twinPassesLayout:
      "layout: the RAM-loaded twin passes every check, so they prove nothing"
    case .bootFailed(let kernel, let reason, let console):
      "\(kernel): \(reason); the console is \(console)"
    case .notProved(let proofs):
      "proof: " + proofs.filter { !$0.passed }.map { "\($0.name): \($0.read)" }.joined(separator: "; ")
    case .controlPasses(let proofs):
      "proof: "
        + proofs.flatMap { proof in
          proof.controls.filter(\.passed).map {
            "\(proof.name) proves nothing, for \($0.what) passes it: \($0.read)"
          }
        }.joined(separator: "; ")
    case .savesTooLittle(let memory):
      "memory: the XIP kernel starts its first process with \(memory.xipKiB) KiB, its twin with "
        + "\(memory.twinKiB) KiB: \(memory.savedKiB) KiB less, and \(SmallestMemory.wantedKiB) are wanted"
    case .machineFailed(let reason):
      "QEMU: \(reason)"
    case .file(let failure): failure.description
    case .command(let error): error.description
    }
  }
}

extension XIPKernelError {
  /// Runs `body`, whose failure becomes one of this module.
  static func file<Result: ~Copyable>(
    _ body: () throws(FileFailure) -> Result
  ) throws(XIPKernelError) -> Result {
    do { return try body() } catch { throw .file(error) }
  }

  /// Runs `body`, whose failure becomes one of this module.
  static func command<Result>(
    _ body: () async throws(CommandError) -> Result
  ) async throws(XIPKernelError) -> Result {
    do { return try await body() } catch { throw .command(error) }
  }
}
