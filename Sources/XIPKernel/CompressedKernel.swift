public import Host
public import SystemPackage

/// The compressed image of a twin, as the kernel's own `make vmlinuz` packs it.
public struct CompressedKernel: Sendable {
  /// The tree that the twin was built of.
  public var tree: FilePath
  /// A directory for the objects of the decompressor, kept from version to version.
  public var objects: FilePath
  /// The programs that built the twin.
  public var toolchain: Toolchain
  /// The twin, and where the image goes.
  public var files: KernelFiles
  /// How many compilers run at once.
  public var jobs: Int
  /// What the tree's makefiles are run in.
  public var confinement: Confinement

  /// Makes the packing of the twin in `files`.
  public init(
    tree: FilePath, objects: FilePath, toolchain: Toolchain, files: KernelFiles, jobs: Int,
    confinement: Confinement
  ) {
    self.tree = tree
    self.objects = objects
    self.toolchain = toolchain
    self.files = files
    self.jobs = jobs
    self.confinement = confinement
  }

  /// Returns whether an earlier run left the image of the twin that is in `files` now.
  public static func isKept(in files: KernelFiles) -> Bool {
    guard let twin = try? MeasuredTwin(in: files), Files.exists(files.measuredImage),
      let of = try? Files.read(files.measuredImageOf)
    else { return false }
    return of == Array(twin.digest.utf8)
  }

  /// Packs the twin, changed so that its power-off is counted.
  ///
  /// The kernel is not compiled: the makefiles find it in the directory of the objects, and `vmlinux-32`, which names what
  /// the image depends on, is set to what makes the headers.
  ///
  /// - Throws: `XIPKernelError` when the tree's makefiles fail.
  public func build() async throws(XIPKernelError) {
    let twin = try MeasuredTwin(in: files)
    let directory = objects.appending(toolchain.directoryName)
    let lock = try XIPKernelError.file { () throws(FileFailure) -> FileLock? in
      try Files.makeDirectory(directory)
      return try FileLock(directory.appending(".xip-rebase.lock"))
    }
    guard let lock else { throw .directoryInUse(directory) }
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.remove(files.measuredImageOf)
      for (content, name) in [
        (try Files.read(files.configuration(.twin)), ".config"), (twin.elf.bytes, "vmlinux"),
      ] {
        let path = directory.appending(name)
        let isSame = Files.exists(path) ? try Files.read(path) == content : false
        if !isSame { try Files.write(content, to: path) }
      }
    }
    let make = KernelMake(
      tree: tree, objects: directory, toolchain: toolchain, jobs: jobs, confinement: confinement)
    _ = try await make.run(["vmlinux-32=prepare", "vmlinuz"], log: files.measuredLog)
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(try Files.read(directory.appending("vmlinuz")), to: files.measuredImage)
      try Files.write(Array(twin.digest.utf8), to: files.measuredImageOf)
    }
    _ = consume lock
  }
}

/// The twin as it is measured: it waits for nothing, and resets the board in the place of switching it off.
struct MeasuredTwin {
  let elf: ELFFile
  /// The SHA-256 of its bytes.
  let digest: String

  /// Changes the twin in `files`.
  init(in files: KernelFiles) throws(XIPKernelError) {
    let path = files.vmlinux(.twin)
    let plain = try ELFFile(reading: path)
    guard let bytes = CountedPowerOff.bytes(of: plain) else {
      throw .unusableInput(path, line: nil, problem: "it has no machine_power_off()")
    }
    do {
      elf = try ELFFile(bytes)
    } catch {
      throw .malformedELF(path, error)
    }
    digest = SHA256.hex(of: bytes)
  }
}

extension KernelFiles {
  /// The compressed image of the twin, changed for measuring.
  var measuredImage: FilePath { directory.appending("measured-vmlinuz") }
  /// The digest of the twin that it is of.
  var measuredImageOf: FilePath { directory.appending("measured-vmlinuz.of") }
  /// What `make` wrote when it was packed.
  var measuredLog: FilePath { directory.appending("measured-vmlinuz.log") }
}
