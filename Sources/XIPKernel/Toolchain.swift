import Host
public import Versions

/// The programs that build one kernel version, found on this machine.
public struct Toolchain: Hashable, Codable, Sendable {
  /// The column of the table.
  public let compiler: Compiler

  /// The assembler its row names.
  public let assembler: Assembler

  /// The byte order it builds for.
  public let byteOrder: ByteOrder

  /// Why the table has these programs build this version.
  public let reason: String

  /// The first line that each program prints about its version, by the program's name.
  public let versions: [String: String]
}

extension Toolchain {
  /// One row of the table: the assembler for a range of kernel versions, and why.
  public struct Row: Sendable {
    /// The compiler whose column this row is in.
    public let compiler: Compiler
    /// The first version of the range, or nil for all below `upTo`.
    public let from: Version?
    /// The first version beyond the range, or nil for all from `from` on.
    public let upTo: Version?
    /// The assembler to use.
    public let assembler: Assembler
    /// Why this one.
    public let reason: String

    /// Returns whether the row is about `version`.
    public func contains(_ version: Version) -> Bool {
      (from.map { $0 <= version } ?? true) && (upTo.map { version < $0 } ?? true)
    }
  }

  /// The table; every version is in exactly one row of each column.
  public static let table: [Row] = [
    Row(
      compiler: .gcc, from: nil, upTo: nil, assembler: .gnu,
      reason: "gcc builds every version from 5.10 to 7.1, and in half clang's time"),
    Row(
      compiler: .clang, from: nil, upTo: Version(5, 11, candidate: 1), assembler: .gnu,
      reason: "clang's assembler does not take 5.10's MIPS sources; upstream's own clang builds use GNU as"),
    Row(
      compiler: .clang, from: Version(5, 11, candidate: 1), upTo: Version(6, 17, candidate: 1),
      assembler: .integrated, reason: "clang's default, and what upstream's clang builds use"),
    Row(
      compiler: .clang, from: Version(6, 17, candidate: 1), upTo: nil, assembler: .gnu,
      reason: "56651128e2fb (MIPS: Fix idle VS timer enqueue) subtracts a forward reference in an operand, "
        + "which the assembler of LLVM 20 and older refuses"),
  ]

  /// A program that a build needs, and what installs it.
  public struct Requirement: Hashable, Sendable {
    /// The program's name in `PATH`.
    public let program: String
    /// The Debian package with the program.
    public let package: String
  }

  /// Returns what a build needs on the machine, besides the kernel tree.
  public static func requirements(
    _ compiler: Compiler, assembler: Assembler, byteOrder: ByteOrder
  ) -> [Requirement] {
    let prefix = crossPrefix(byteOrder)
    let triple = byteOrder == .little ? "mipsel-linux-gnu" : "mips-linux-gnu"
    let binutils = ["as", "ld", "objcopy"].map {
      Requirement(program: prefix + $0, package: "binutils-\(triple)")
    }
    // The kernel builds its own tools for this machine first.
    let host = [
      ("make", "make"), ("gcc", "gcc"), ("flex", "flex"), ("bison", "bison"), ("bc", "bc"), ("perl", "perl"),
    ].map { Requirement(program: $0.0, package: $0.1) }
    switch compiler {
    case .gcc:
      return [Requirement(program: prefix + "gcc", package: "gcc-\(triple)")] + binutils + host
    case .clang:
      let llvm = ["llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-readelf", "llvm-strip"].map {
        Requirement(program: $0 + llvmSuffix, package: "llvm" + llvmSuffix)
      }
      return [
        Requirement(program: "clang" + llvmSuffix, package: "clang" + llvmSuffix),
        Requirement(program: "ld.lld" + llvmSuffix, package: "lld" + llvmSuffix),
      ] + llvm + (assembler == .gnu ? binutils : []) + host
    }
  }

  /// Returns the toolchain that the table names for `version`, with the versions of its programs.
  ///
  /// - Throws: `XIPKernelError.programMissing` when the machine lacks one of them.
  public static func find(
    _ compiler: Compiler, _ byteOrder: ByteOrder = .little, for version: Version
  ) async throws(XIPKernelError) -> Toolchain {
    guard let row = table.first(where: { $0.compiler == compiler && $0.contains(version) }) else {
      preconditionFailure("the table covers every version")
    }
    for requirement in requirements(compiler, assembler: row.assembler, byteOrder: byteOrder)
    where Command(requirement.program).resolved() == nil {
      throw .programMissing(requirement.program, package: requirement.package)
    }
    var toolchain = Toolchain(
      compiler: compiler, assembler: row.assembler, byteOrder: byteOrder, reason: row.reason, versions: [:])
    var versions: [String: String] = [:]
    for program in toolchain.namedPrograms {
      let output = try await XIPKernelError.command { () async throws(CommandError) in
        try await Command(program, ["--version"], environment: ["LC_ALL": "C"]).output(limit: .seconds(120))
      }
      let first = output.split(separator: UInt8(ascii: "\n")).first ?? []
      versions[program] = String(decoding: first, as: UTF8.self)
    }
    toolchain = Toolchain(
      compiler: compiler, assembler: row.assembler, byteOrder: byteOrder, reason: row.reason,
      versions: versions)
    return toolchain
  }

  /// The variables for the kernel's `make`: architecture and programs.
  public var makeVariables: [String] {
    let prefix = Self.crossPrefix(byteOrder)
    switch compiler {
    case .gcc:
      return ["ARCH=mips", "CROSS_COMPILE=" + prefix]
    case .clang:
      // `LLVM=-19` would name the same programs, but 5.10 does not know it.
      let suffix = Self.llvmSuffix
      let programs = [
        "CC=clang", "LD=ld.lld", "AR=llvm-ar", "NM=llvm-nm", "OBJCOPY=llvm-objcopy", "OBJDUMP=llvm-objdump",
        "READELF=llvm-readelf", "STRIP=llvm-strip", "HOSTCC=clang", "HOSTCXX=clang++", "HOSTLD=ld.lld",
        "HOSTAR=llvm-ar",
      ].map { $0 + suffix }
      let ias = assembler == .integrated ? ["LLVM_IAS=1"] : ["LLVM_IAS=0", "CROSS_COMPILE=" + prefix]
      return ["ARCH=mips", "LLVM=1"] + ias + programs
    }
  }

  /// The name of the directory for this toolchain's objects: no two that differ share one.
  public var directoryName: String {
    let assembled = compiler == .clang && assembler == .gnu ? "-gas" : ""
    return "\(compiler.rawValue)\(assembled)-\(byteOrder.rawValue)"
  }

  /// The C compiler with the arguments that make it build for the target.
  var compilerCommand: Command {
    switch compiler {
    case .gcc: Command(Self.crossPrefix(byteOrder) + "gcc")
    case .clang:
      Command(
        "clang" + Self.llvmSuffix,
        ["--target=" + (byteOrder == .little ? "mipsel-linux-gnu" : "mips-linux-gnu")])
    }
  }

  /// The linker.
  var linkerCommand: Command {
    Command(compiler == .gcc ? Self.crossPrefix(byteOrder) + "ld" : "ld.lld" + Self.llvmSuffix)
  }

  /// The program that turns an ELF file into plain bytes.
  var objcopyCommand: Command {
    Command(compiler == .gcc ? Self.crossPrefix(byteOrder) + "objcopy" : "llvm-objcopy" + Self.llvmSuffix)
  }

  private static let llvmSuffix = "-19"

  private static func crossPrefix(_ byteOrder: ByteOrder) -> String {
    byteOrder == .little ? "mipsel-linux-gnu-" : "mips-linux-gnu-"
  }

  /// The programs whose version decides what the kernel's bytes are.
  private var namedPrograms: [String] {
    [compilerCommand.program, linkerCommand.program]
      + (assembler == .gnu ? [Self.crossPrefix(byteOrder) + "as"] : [])
  }
}
