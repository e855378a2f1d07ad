public import Host
import SystemPackage

extension KernelBuild {
  /// Builds the XIP kernel once more, with `defect`, in a copy of the directory of the objects.
  ///
  /// - Parameters:
  ///   - defect: What is to be wrong.
  ///   - progress: Told of the objects made.
  /// - Returns: The kernel's files, in a folder of the results; nil when the tree cannot have the defect.
  /// - Throws: `XIPKernelError` when it cannot be built.
  public func run(
    with defect: Defect, progress: Progress
  ) async throws(XIPKernelError) -> KernelFiles? {
    let whole = objects.appending(toolchain.directoryName)
    let directory = objects.appending("\(toolchain.directoryName)-\(defect.rawValue)")
    let files = KernelFiles(results.directory.appending(defect.rawValue))
    let script = directory.appending(FilePath("arch/mips/kernel/vmlinux.lds").components)
    try await copy(whole, to: directory)
    var settings = try XIPKernelError.file { () throws(FileFailure) in
      try Files.makeDirectory(files.directory)
      return try Files.read(results.configuration(.xip))
    }
    var variables: [String] = []
    switch defect {
    case .jumpLabels:
      // The tree's own Kconfig and a second definition of a symbol that nobody selects under XIP.
      let kconfig = directory.appending("Kconfig.\(defect.rawValue)")
      let forced = "\nconfig HAVE_ARCH_JUMP_LABEL\n\tdef_bool y\n"
      try XIPKernelError.file { () throws(FileFailure) in
        try Files.write(try Files.read(tree.appending("Kconfig")) + Array(forced.utf8), to: kconfig)
      }
      variables = ["KBUILD_KCONFIG=\(kconfig)"]
      settings += Array("CONFIG_JUMP_LABEL=y\n".utf8)
    case .headText:
      // The symbol has no prompt, and the one it follows would have everything compiled again. A mere warning is fatal.
      variables = ["CONFIG_LD_ORPHAN_WARN_LEVEL=place"]
    }
    let make = KernelMake(
      tree: tree, objects: directory, toolchain: toolchain, jobs: jobs, confinement: confinement)
    let config = directory.appending(".config")
    try XIPKernelError.file { () throws(FileFailure) in try Files.write(settings, to: config) }
    _ = try await make.run(variables + ["olddefconfig"], log: files.configureLog(.xip))
    let final = try KernelConfiguration(reading: config)
    if defect == .jumpLabels, final["JUMP_LABEL"] != "y" {
      throw .symbolsLost([
        LostSymbol(symbol: "JUMP_LABEL", requested: "y", got: final["JUMP_LABEL"], source: defect.what)
      ])
    }
    func build() async throws(XIPKernelError) {
      _ = try await make.run(variables + ["vmlinux"], log: files.buildLog(.xip)) { done in
        progress(.advanced(done: done, of: nil, unit: "objects"))
      }
    }
    try await build()
    if defect == .headText {
      let text = try XIPKernelError.file { () throws(FileFailure) in
        String(decoding: try Files.read(script), as: UTF8.self)
      }
      guard let broken = Self.withoutHeadText(text) else {
        try XIPKernelError.file { () throws(FileFailure) in try Files.remove(directory) }
        return nil
      }
      // Newer than all it is made of, so that make takes it as it is.
      try XIPKernelError.file { () throws(FileFailure) in try Files.write(Array(broken.utf8), to: script) }
      try await build()
    }
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(try Files.read(directory.appending("vmlinux")), to: files.vmlinux(.xip))
      try Files.write(try Files.read(config), to: files.configuration(.xip))
      try Files.remove(directory)
    }
    return files
  }

  /// Returns a linker script without `.head.text` and what asserts its place, nil for one that does not name it.
  static func withoutHeadText(_ script: String) -> String? {
    let broken = script.replacing("KEEP(*(.head.text))", with: "")
    guard broken != script else { return nil }
    return broken.replacing(/ASSERT\(_stext [^"]*"[^"]*"\)/, with: "")
  }

  /// Makes `directory` a copy of `whole`, dates included, while nobody builds there.
  func copy(_ whole: FilePath, to directory: FilePath) async throws(XIPKernelError) {
    let lock = try XIPKernelError.file { () throws(FileFailure) -> FileLock? in
      try Files.remove(directory)
      return try FileLock(whole.appending(".xip-rebase.lock"))
    }
    guard let lock else { throw .directoryInUse(whole) }
    _ = try await XIPKernelError.command { () async throws(CommandError) in
      try await Command("cp", ["-a", "--reflink=auto", whole.string, directory.string]).output()
    }
    _ = consume lock
  }
}
