import Host
import SystemPackage

extension Machine {
  /// Boots applications from flash and from RAM, and returns what is found of them, whether that is as it should be or not.
  ///
  /// Four boots, all at once, with 32 MiB of RAM and a clock that counts instructions: the programs in flash, the same
  /// kernel entered by code that stores to the flash, the programs in RAM, and the RAM-loaded twin.
  ///
  /// - Parameters:
  ///   - kernels: What to boot; their folders get consoles and images.
  ///   - shim: The code before them.
  ///   - sources: The SHA-256 over the programs' sources.
  /// - Returns: The proofs with their controls, the memory left, and what starts took.
  /// - Throws: `XIPKernelError` when a file or QEMU is at fault, or a kernel does not boot.
  public func findings(
    of kernels: ApplicationKernels, shim: BootShim, sources: String
  ) async throws(XIPKernelError) -> ApplicationFindings {
    let image = try image(of: kernels, .flash, shim)
    guard let storing = image.storingToFlash else {
      throw .shimTooLarge(bytes: BootShim.pageSize, limit: BootShim.pageSize - 0x100)
    }
    let inRAM = try self.image(of: kernels, .ram, shim)
    async let flashBoot = result { () async throws(XIPKernelError) in
      try await watch(.flash, of: kernels, image.biosBytes, as: "flash.bios")
    }
    async let storeBoot = result { () async throws(XIPKernelError) in
      try await watch(.flash, of: kernels, storing.biosBytes, as: "store.bios")
    }
    async let ramBoot = result { () async throws(XIPKernelError) in
      try await watch(.ram, of: kernels, inRAM.biosBytes, as: "flash.bios")
    }
    async let twinBoot = result { () async throws(XIPKernelError) in
      let twin = try ELFFile(reading: kernels.vmlinux(.twin))
      return try await watch(.twin, of: kernels, twin.bytesWithoutWaits, as: "vmlinux.bootable")
    }
    let flash = try await flashBoot.get()
    let store = try await storeBoot.get()
    let ram = try await ramBoot.get()
    let twin = try await twinBoot.get()

    let region = kernels.region
    let ramName = "the same programs in an initramfs"
    let storeName = "the same kernel, entered by way of code that programs one word of the flash"
    let proofs = await onOwnThread {
      [
        Proof(
          "applications-from-flash", flash.seen.log.userCode(from: region),
          control: ram.seen.log.userCode(from: region), of: ramName),
        Proof(
          "applications-mapped-in-place", flash.console.mapped(from: region),
          control: ram.console.mapped(from: region), of: ramName),
        Proof(
          "applications-not-in-ram", kernels.applications.copies(in: flash.seen.ram),
          control: kernels.applications.copies(in: ram.seen.ram), of: ramName),
        Proof(
          "flash-not-written", flash.seen.log.flashNotWritten, control: store.seen.log.flashNotWritten,
          of: storeName),
        Proof(
          "flash-unchanged", image.unchanged(in: flash.seen.flash),
          control: storing.unchanged(in: store.seen.flash), of: storeName),
      ]
    }
    var memory: [String: ApplicationFindings.Memory] = [:]
    var starts: [String: ApplicationFindings.Starts] = [:]
    for (place, boot) in [(ApplicationPlace.flash, flash), (.ram, ram), (.twin, twin)] {
      guard let left = boot.seen.report.processMemory, let its = boot.console.instructions,
        let cached = boot.console.cachedKiB
      else {
        throw .bootFailed(
          kernel: "the kernel with applications in \(place.words)",
          reason: "it does not tell its memory and two starts of the second program that end alike",
          console: boot.path)
      }
      memory[place.rawValue] = .init(
        cachedKiB: cached, freeKiB: left.freeKiB, availableKiB: left.availableKiB)
      // QEMU gives a kernel that it loads itself a random seed, so that the twin's numbers differ from run to run.
      if place != .twin { starts[place.rawValue] = its }
    }
    return ApplicationFindings(
      sources: sources, imageBytes: kernels.applications.image.bytes.count,
      textKiB: kernels.applications.textPages * CramfsImage.pageSize / 1024, proofs: proofs, memory: memory,
      starts: starts)
  }

  /// Returns the flash image of the kernel for `place`, with the file system where the programs are in flash.
  private func image(
    of kernels: ApplicationKernels, _ place: ApplicationPlace, _ shim: BootShim
  ) throws(XIPKernelError) -> FlashImage {
    let kernel = try ELFFile(reading: kernels.vmlinux(place))
    let memory = UInt32(Self.proofMemoryKiB * 1024)
    let image = try FlashImage(kernel: kernel, shim: shim, memory: memory).withoutWaits(of: kernel)
    return place == .flash ? try image.with(kernels.applications.image.bytes, in: kernels.region) : image
  }

  /// Boots `content` and returns what was seen of it, when it came to power-off.
  private func watch(
    _ place: ApplicationPlace, of kernels: ApplicationKernels, _ content: [UInt8], as name: String
  ) async throws(XIPKernelError) -> (seen: Observation, console: ApplicationConsole, path: FilePath) {
    let directory = kernels.directory(place)
    let path = directory.appending(name)
    let console = directory.appending("\(name).console.log")
    try XIPKernelError.file { () throws(FileFailure) in try Files.write(content, to: path) }
    let setup = BootSetup(
      source: place == .twin ? .ram(path) : .flash(path), console: console,
      command: directory.appending("\(name).command"), memoryKiB: Self.proofMemoryKiB,
      isConsoleReadLater: true, options: Self.countedClock)
    let seen = try await watch(setup, options: ["-d", "in_asm,mmu"])
    if case .failed(let reason) = seen.report.verdict {
      throw .bootFailed(
        kernel: "the kernel with applications in \(place.words)", reason: reason, console: console)
    }
    let text = try XIPKernelError.file { () throws(FileFailure) in try Files.read(console) }
    return (seen, ApplicationConsole(text), console)
  }
}

extension ApplicationKernels {
  /// The folder of the kernel for `place`.
  fileprivate func directory(_ place: ApplicationPlace) -> FilePath {
    files[place]?.directory ?? FilePath(place.rawValue)
  }

  /// The kernel for `place`.
  fileprivate func vmlinux(_ place: ApplicationPlace) -> FilePath {
    KernelFiles(directory(place)).vmlinux(place.kind)
  }
}

extension Applications {
  /// How many pages the code and the constants of all programs take.
  fileprivate var textPages: Int {
    programs.values.flatMap(\.segments).filter { $0.isLoaded && Self.text.contains($0.virtualAddress) }
      .reduce(0) { $0 + ($1.memorySize + CramfsImage.pageSize - 1) / CramfsImage.pageSize }
  }

  /// Whether RAM has none of the programs' code.
  fileprivate func copies(in ram: [UInt8]) -> Finding {
    let findings = programs.sorted { $0.key < $1.key }
      .map { (name: $0.key, finding: CopiedText(of: $0.value, in: ram).finding) }
    return Finding(
      passed: findings.allSatisfy(\.finding.passed),
      read: findings.map { "\($0.name): \($0.finding.read)" }.joined(separator: "; "))
  }
}
