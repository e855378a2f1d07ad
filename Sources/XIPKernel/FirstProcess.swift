import Host
import SystemPackage

/// The program that runs as PID 1, and the list of the files it finds.
struct FirstProcess: Sendable {
  /// The name of the list in the objects' directory, which the configuration gives as `INITRAMFS_SOURCE`.
  ///
  /// `usr/Makefile` reads it from there, so the configuration names no path of this machine.
  static let listName = "xip-initramfs.list"

  private static let programName = "xip-init"

  /// Compiles a static program that needs no C library.
  ///
  /// - Parameters:
  ///   - source: The program, in C or assembly.
  ///   - output: The ELF file.
  ///   - toolchain: The compiler.
  ///   - options: Options beyond the common ones.
  /// - Throws: `XIPKernelError` when it cannot be compiled.
  static func compile(
    _ source: FilePath, to output: FilePath, with toolchain: Toolchain, options: [String] = []
  ) async throws(XIPKernelError) {
    var compile = toolchain.compilerCommand
    // The flags are those in the head comment of init.c.
    compile.arguments += [
      toolchain.byteOrder.flag, "-mips32r2", "-mabi=32", "-msoft-float", "-G0", "-fno-pic", "-mno-abicalls",
      "-Os",
      "-ffreestanding", "-fno-stack-protector", "-nostdlib", "-static", "-Wl,--build-id=none",
    ]
    if toolchain.compiler == .clang { compile.arguments.append("-fuse-ld=lld") }
    compile.arguments += options + ["-o", output.string, source.string]
    try await compile.build(source)
  }

  /// Compiles the program and writes it and its list into the directory of the objects.
  ///
  /// Files that would not change are left alone, so that `make` leaves the initramfs alone.
  ///
  /// - Parameters:
  ///   - inputs: Where `init.c` and `initramfs.list` are.
  ///   - objects: The directory of the kernel's objects.
  ///   - toolchain: The compiler.
  /// - Throws: `XIPKernelError` when the sources cannot be read or compiled.
  static func build(
    _ inputs: Inputs, into objects: FilePath, with toolchain: Toolchain
  ) async throws(XIPKernelError) {
    let source = inputs.userspace.appending("init.c")
    let fresh = objects.appending(programName + ".new")
    try await compile(source, to: fresh, with: toolchain)

    let listPath = inputs.userspace.appending("initramfs.list")
    let program: [UInt8]
    let list: [UInt8]
    do throws(FileFailure) {
      program = try Files.read(fresh)
      try Files.remove(fresh)
      list = try Files.read(listPath)
    } catch {
      throw .file(error)
    }
    let parts = list.split(separator: Array("@INIT@".utf8), omittingEmptySubsequences: false)
    guard parts.count > 1 else {
      throw .unusableInput(listPath, line: nil, problem: "no file has the program's place, @INIT@")
    }
    let filled = parts.joined(separator: Array(programName.utf8))
    do throws(FileFailure) {
      for (name, content) in [(programName, program), (listName, Array(filled))] {
        let path = objects.appending(name)
        if Files.exists(path), try Files.read(path) == content { continue }
        // gen_init_cpio stores the program's date, a constant one here, by which make cannot see the change.
        try Files.remove(objects.appending("usr/initramfs_data.cpio"))
        try Files.write(content, to: path, mode: [.ownerReadWriteExecute, .groupRead, .otherRead])
      }
      try setConstantDate(of: objects.appending(programName))
    } catch {
      throw .file(error)
    }
  }
}

extension ByteOrder {
  /// The option by which GNU and LLVM tools are told the order.
  var flag: String { self == .little ? "-EL" : "-EB" }
}

extension Command {
  /// Runs the command, which makes something of the project's file `source`.
  ///
  /// - Throws: `XIPKernelError.unusableInput` with the first error when it fails; the command's own failure where no error
  ///   of the source is to be seen, as when the compiler was killed.
  func build(_ source: FilePath) async throws(XIPKernelError) {
    var command = self
    command.environment["LC_ALL"] = "C"
    let completion = try await XIPKernelError.command { () async throws(CommandError) in
      try await command.completion()
    }
    if completion.status.isSuccess { return }
    var log = BuildLog(roots: [source.removingLastComponent().string])
    for line in completion.errorOutput.split(separator: UInt8(ascii: "\n")) { log.add(line) }
    guard let error = log.firstError, log.exhaustion == nil, log.crash == nil else {
      let words = log.exhaustion ?? log.crash ?? String(decoding: completion.errorOutput, as: UTF8.self)
      throw .command(.failed(self, completion.status, message: words))
    }
    throw .unusableInput(source, line: nil, problem: error)
  }
}
