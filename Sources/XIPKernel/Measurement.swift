public import FlashCost
public import Host
public import SystemPackage

extension Machine {
  /// Measures the boots of a kernel in all three ways.
  ///
  /// Each is booted once, with a clock that counts instructions, so that a second run gives the same numbers: the XIP kernel
  /// from its flash image, the twin copied to RAM by a loader behind the same shim, and the same with the compressed twin.
  /// What does not fit the flash is left out: ld.lld makes of `vmlinuz` one with 4 MiB of zeros for its heap.
  ///
  /// - Parameters:
  ///   - files: Where the kernels are, laid out, and the compressed image.
  ///   - source: The source of the plugin, `trace.c`.
  ///   - caches: The caches to model.
  ///   - progress: Told of each boot.
  /// - Returns: What the boots did.
  /// - Throws: `XIPKernelError` when a kernel does not boot or QEMU is at fault.
  public func costs(
    in files: KernelFiles, plugin source: FilePath, caches: [Caches], progress: Progress = .silent
  ) async throws(XIPKernelError) -> Costs {
    guard let major = version.split(separator: ".").first.flatMap({ Int($0) }),
      major <= TracePlugin.newestQEMU
    else {
      throw .programUnsuitable(
        program,
        reason:
          "version \(version) loads no plugin of interface 1; measuring takes \(TracePlugin.newestQEMU).x or older"
      )
    }
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    let plugin = try await TracePlugin(building: source, into: scratch.path.appending("trace.so"))
    let boots = try Self.measuredBoots(in: files, progress)
    // Two at a time: the traces are read as the boots end.
    async let xip = result { () async throws(XIPKernelError) in
      try await measure(boots[0], plugin, in: scratch.path, files: files, caches, progress)
    }
    var others: [Result<Costs.Way, XIPKernelError>] = []
    for boot in boots.dropFirst() {
      others.append(
        await result { () async throws(XIPKernelError) in
          try await measure(boot, plugin, in: scratch.path, files: files, caches, progress)
        })
    }
    var ways = [try await xip.get()]
    for other in others { ways.append(try other.get()) }
    return Costs(ways)
  }

  /// One of the boots that are measured.
  private struct MeasuredBoot: Sendable {
    let way: BootWay
    let image: FlashImage
    let flashBytes: Int
    /// The stages that follow the firmware's, and where each begins.
    let marks: [(stage: BootStage, address: Address)]
    let waits: [Range<Address>]
  }

  /// Returns the boots in the order of `BootWay`.
  private static func measuredBoots(
    in files: KernelFiles, _ progress: Progress
  ) throws(XIPKernelError) -> [MeasuredBoot] {
    let xip = try ELFFile(reading: files.vmlinux(.xip))
    let twin = try MeasuredTwin(in: files).elf
    let packed = try ELFFile(reading: files.measuredImage)
    let whole = try XIPKernelError.file { () throws(FileFailure) in try Files.read(files.flashImage) }
    let memory = proofMemoryKiB * 1024
    let flash = FlashImage(whole, xip.byteOrder).withoutWaits(of: xip).with(memory: memory)
    guard let counted = CountedPowerOff(flash, of: xip)?.image else {
      throw .unusableInput(files.vmlinux(.xip), line: nil, problem: "it has no machine_power_off()")
    }
    func start(_ kernel: ELFFile, _ kind: KernelKind) throws(XIPKernelError) -> Address {
      guard let symbol = kernel.symbol("start_kernel") else {
        throw .unusableInput(files.vmlinux(kind), line: nil, problem: "it has no start_kernel()")
      }
      return symbol.address
    }
    func copied(_ payload: ELFFile, _ way: BootWay) throws(XIPKernelError) -> CopiedImage? {
      do throws(XIPKernelError) {
        return try CopiedImage(payload, behindShimOf: flash)
      } catch {
        guard case .imageTooLarge(let bytes, let limit) = error else { throw error }
        progress(.noted("\(way.rawValue) is left out: the image is \(bytes) bytes, the flash \(limit)"))
        return nil
      }
    }
    let kernel = [(BootStage.dataCopy, twin.entry), (.kernelInit, try start(twin, .twin))]
    var boots = [
      MeasuredBoot(
        way: .xip, image: counted, flashBytes: whole.count - BootShim.pageSize,
        marks: [(.dataCopy, xip.entry), (.kernelInit, try start(xip, .xip))], waits: xip.waitingCode)
    ]
    if let copied = try copied(twin, .uncompressed) {
      boots.append(
        MeasuredBoot(
          way: .uncompressed, image: copied.image, flashBytes: copied.flashBytes,
          marks: [(.copy, copied.loader)] + kernel, waits: twin.waitingCode))
    }
    if let copied = try copied(packed, .compressed) {
      boots.append(
        MeasuredBoot(
          way: .compressed, image: copied.image, flashBytes: copied.flashBytes,
          marks: [(.copy, copied.loader), (.decompress, packed.entry)] + kernel, waits: twin.waitingCode))
    }
    return boots
  }

  /// Boots one way and puts what it did through the caches.
  private func measure(
    _ boot: MeasuredBoot, _ plugin: TracePlugin, in scratch: FilePath, files: KernelFiles, _ caches: [Caches],
    _ progress: Progress
  ) async throws(XIPKernelError) -> Costs.Way {
    let name = boot.way.rawValue
    progress(.noted("booting \(name)"))
    let image = scratch.appending("\(name).bios")
    let trace = scratch.appending("\(name).trace")
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(boot.image.biosBytes, to: image)
    }
    var setup = BootSetup(
      source: .flash(image), console: files.directory.appending("measured-\(name)-console.log"),
      command: files.directory.appending("measured-\(name)-boot.command"), memoryKiB: Self.proofMemoryKiB,
      isConsoleReadLater: true)
    setup.options =
      Self.countedClock
      + plugin.options(
        writing: trace, marks: boot.marks.map(\.address), waits: boot.waits, boot.image.byteOrder)
    let report = try await patient.run(setup).report
    guard report.markers == BootMarker.allCases, report.end == .shutdown(reason: "guest-reset") else {
      throw .bootFailed(
        kernel: "the measured boot `\(name)`",
        reason: "no reset in the place of the power-off: \(report.end)",
        console: setup.console)
    }
    let stages = boot.marks.map(\.stage)
    progress(.noted("\(name): what the caches miss"))
    let read = try await XIPKernelError.ownThread { () throws(FileFailure) in
      let bytes = try Files.read(trace)
      try Files.remove(trace)
      do throws(TraceError) {
        return Result<CacheTrace, TraceError>.success(try CacheTrace(bytes, marks: stages, caches: caches))
      } catch {
        return .failure(error)
      }
    }
    switch read {
    case .success(let trace): return Costs.Way(boot.way, flashBytes: boot.flashBytes, stages: trace.stages)
    case .failure(let error): throw .machineFailed(reason: "\(name): \(error)")
    }
  }
}
