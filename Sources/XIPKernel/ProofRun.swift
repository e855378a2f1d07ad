public import Host
import SystemPackage

extension Machine {
  /// Proves that a kernel which booted executes in place, and needs less RAM for it.
  ///
  /// - Parameters:
  ///   - files: Where the kernels are, and the consoles and the command lines go.
  ///   - progress: Told of the boots.
  /// - Returns: The proofs, each of which holds for the kernel and fails for its control, and the least RAM.
  /// - Throws: `XIPKernelError.notProved`, `.controlPasses` or `.savesTooLittle` with what was found; `.bootFailed`
  ///   when a kernel does not boot with its instructions counted; `.machineFailed` when QEMU did not do its part.
  public func prove(_ files: KernelFiles, progress: Progress) async throws(XIPKernelError) -> Proved {
    let findings = try await findings(in: files, progress: progress)
    try findings.check()
    return Proved(findings: findings)
  }

  /// Returns what the proof finds of the kernels in a directory, whether that is as it should be or not.
  ///
  /// Seven boots, all at once: three are watched in all they do (the kernel, its twin, and the kernel made to store
  /// to the flash), of four the instructions are counted (three of the kernel, one of the kernel with less RAM). The
  /// boots that look for the least RAM go on beside them.
  ///
  /// - Throws: `XIPKernelError` when a file or QEMU is at fault, or a kernel does not boot.
  public func findings(
    in files: KernelFiles, progress: Progress
  ) async throws(XIPKernelError) -> ProofFindings {
    try XIPKernelError.file { () throws(FileFailure) in try Files.makeDirectory(files.boots) }
    let kernel = try ELFFile(reading: files.vmlinux(.xip))
    let twinKernel = try ELFFile(reading: files.vmlinux(.twin))
    let whole = try XIPKernelError.file { () throws(FileFailure) in try Files.read(files.flashImage) }
    let image = FlashImage(whole, kernel.byteOrder).withoutWaits(of: kernel)
      .with(memory: ProofBoot.xip.memoryKiB * 1024)
    guard let storing = image.storingToFlash else {
      throw .shimTooLarge(bytes: BootShim.pageSize, limit: BootShim.pageSize - 0x100)
    }
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    guard let counted = CountedPowerOff(image, of: kernel)?.image else {
      throw .unusableInput(files.vmlinux(.xip), line: nil, problem: "it has no machine_power_off()")
    }
    let smaller = counted.with(memory: ProofBoot.smaller.memoryKiB * 1024)
    let paths = (
      image: scratch.path.appending("image"), storing: scratch.path.appending("storing"),
      counted: scratch.path.appending("counted"), smaller: scratch.path.appending("smaller"),
      twin: scratch.path.appending("twin")
    )
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(image.biosBytes, to: paths.image)
      try Files.write(storing.biosBytes, to: paths.storing)
      try Files.write(counted.biosBytes, to: paths.counted)
      try Files.write(smaller.biosBytes, to: paths.smaller)
      try Files.write(twinKernel.bytesWithoutWaits, to: paths.twin)
    }

    progress(.noted("seven boots, three watched and four counted, beside those for the least RAM"))
    async let xipBoot = result { () async throws(XIPKernelError) in
      try await observe(.xip, .flash(paths.image), in: files)
    }
    async let twinBoot = result { () async throws(XIPKernelError) in
      try await observe(.twin, .ram(paths.twin), in: files)
    }
    async let storeBoot = result { () async throws(XIPKernelError) in
      try await observe(.store, .flash(paths.storing), in: files)
    }
    async let first = counts([.first, .second], .flash(paths.counted), in: files)
    async let third = counts([.third], .flash(paths.counted), in: files)
    async let fourth = counts([.smaller], .flash(paths.smaller), in: files)
    async let smallest = result { () async throws(XIPKernelError) in
      try await smallestMemory(in: files, progress: progress)
    }
    let xip = try await xipBoot.get()
    let twin = try await twinBoot.get()
    let store = try await storeBoot.get()
    let counts = try await first.get() + third.get()
    let control = try await fourth.get()

    progress(.noted("looking for the kernel's text in RAM"))
    let proofs = await onOwnThread {
      Self.proofs(
        kernel, twinKernel, image, storing, xip: xip, twin: twin, store: store, counts: counts,
        control: control)
    }
    return ProofFindings(
      proofs: proofs, instructions: counts[0], smallestMemory: try await smallest.get())
  }

  /// Judges what the boots left.
  private static func proofs(
    _ kernel: ELFFile, _ twinKernel: ELFFile, _ image: FlashImage, _ storing: FlashImage,
    xip: Observation, twin: Observation, store: Observation, counts: [Int], control: [Int]
  ) -> [Proof] {
    let twinName = "the RAM-loaded twin"
    let storeName = "the same kernel, entered by way of code that programs one word of the flash"
    let text = (start: kernel.symbol("_stext")?.address, end: kernel.symbol("_etext")?.address)
    let line = { (start: Address?, end: Address?) in
      xip.report.memory?.codeIsText(from: start, to: end) ?? Finding(passed: false, read: "no memory line")
    }
    return [
      Proof(
        "fetched-from-flash", CodePlaces(kernel, ram: xip.ram).finding(xip.log),
        control: CodePlaces(twinKernel, ram: twin.ram).finding(twin.log), of: twinName),
      Proof(
        "flash-not-written", xip.log.flashNotWritten, control: store.log.flashNotWritten, of: storeName),
      Proof(
        "flash-unchanged", image.unchanged(in: xip.flash), control: storing.unchanged(in: store.flash),
        of: storeName),
      Proof(
        "text-not-in-ram", CopiedText(of: kernel, in: xip.ram).finding,
        control: CopiedText(of: twinKernel, in: twin.ram).finding, of: twinName),
      Proof(
        "memory-line", line(text.start, text.end), control: line(text.end, text.start),
        of: "the same line and an ELF file whose _stext lies behind its _etext"),
      Proof(
        "deterministic", InstructionCounts(counts: counts).deterministic,
        control: InstructionCounts(counts: counts.dropLast() + control).deterministic,
        of: "two of the runs and one with \(ProofBoot.smaller.memoryKiB / 1024) MiB of RAM, "
          + "which sets up other pages"),
    ]
  }

  private func counts(
    _ boots: [ProofBoot], _ source: BootSetup.Source, in files: KernelFiles
  ) async -> Result<[Int], XIPKernelError> {
    await result { () async throws(XIPKernelError) in
      var counts: [Int] = []
      for boot in boots { counts.append(try await count(boot, source, in: files)) }
      return counts
    }
  }

  /// Runs `body`; `async let` knows no typed errors.
  func result<Value: Sendable>(
    _ body: () async throws(XIPKernelError) -> Value
  ) async -> Result<Value, XIPKernelError> {
    do throws(XIPKernelError) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
