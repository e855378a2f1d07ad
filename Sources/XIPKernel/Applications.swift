import Host
import SystemPackage

/// Where the programs of a boot lie, and its kernel.
public enum ApplicationPlace: String, CaseIterable, Codable, Sendable {
  /// The programs in a cramfs in flash, from which they execute, as does the kernel.
  case flash
  /// The programs in an initramfs, so in RAM; the kernel executes in place.
  case ram
  /// The same of the RAM-loaded twin: nothing executes in place.
  case twin

  /// The kernel.
  var kind: KernelKind { self == .twin ? .twin : .xip }
}

/// The programs that are executed from flash and from RAM, compiled, and the file system that has them.
struct Applications: Sendable {
  /// The programs by their names in the root directory: PID 1 and a second one.
  let programs: [String: ELFFile]

  /// The file system for the flash.
  let image: CramfsImage

  private static let sources = ["init": "init.c", "second": "second.S"]

  /// The name of the initramfs list in the directory of the objects.
  static let listName = "xip-applications.list"

  /// Where the code of all programs begins, and where their data does, by `applications.lds`.
  static let text = Address(0x0040_1000)..<Address(0x0080_0000)

  /// Compiles the programs into the directory of the objects, and writes the list of an initramfs with them.
  ///
  /// - Parameters:
  ///   - sources: The directory of the programs' sources and their linker script.
  ///   - inputs: Where `initramfs.list` is, with a first program.
  ///   - objects: The directory of the kernel's objects.
  ///   - toolchain: The compiler.
  /// - Throws: `XIPKernelError` when a source cannot be read or compiled.
  init(
    building sources: FilePath, _ inputs: Inputs, into objects: FilePath, with toolchain: Toolchain
  ) async throws(XIPKernelError) {
    let script = sources.appending("applications.lds")
    let listPath = inputs.userspace.appending("initramfs.list")
    let list = try XIPKernelError.file { () throws(FileFailure) in try Files.read(listPath) }
    var lines = String(decoding: list, as: UTF8.self)
      .replacing("@INIT@", with: Self.objectName("init"))
    var programs: [String: ELFFile] = [:]
    var files: [String: CramfsImage.Node] = [:]
    for (name, source) in Self.sources.sorted(by: { $0.key < $1.key }) {
      let path = objects.appending(Self.objectName(name))
      try await FirstProcess.compile(
        sources.appending(source), to: path, with: toolchain, options: ["-Wl,-T,\(script)"])
      programs[name] = try ELFFile(reading: path)
      var content = try XIPKernelError.file { () throws(FileFailure) in try Files.read(path) }
      // Nothing reads behind the end of an ELF file, and a file may not end with a page.
      if content.count.isMultiple(of: CramfsImage.pageSize) { content += [0, 0, 0, 0] }
      files[name] = .file(mode: 0o755, content)
      if name != "init" { lines += "file /\(name) \(Self.objectName(name)) 0755 0 0\n" }
    }
    files["dev"] = .directory(mode: 0o755, ["console": .device(mode: 0o600, major: 5, minor: 1)])
    files["proc"] = .directory(mode: 0o755, [:])
    let root = files
    do throws(CramfsImage.Problem) {
      image = try CramfsImage(root, toolchain.byteOrder)
    } catch {
      throw .unusableInput(sources, line: nil, problem: "no cramfs can be made of the programs: \(error)")
    }
    self.programs = programs
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(Array(lines.utf8), to: objects.appending(Self.listName))
      for name in programs.keys { try setConstantDate(of: objects.appending(Self.objectName(name))) }
    }
  }

  /// The name of a program in the directory of the objects.
  private static func objectName(_ name: String) -> String { "xip-application-\(name)" }
}
