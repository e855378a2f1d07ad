public import Host
import SystemPackage

/// The least RAM with which the XIP kernel and its RAM-loaded twin still start their first process.
public struct SmallestMemory: Hashable, Codable, Sendable {
  /// That of the XIP kernel, in KiB.
  public let xipKiB: Int
  /// That of the twin, in KiB.
  public let twinKiB: Int

  /// How much less the XIP kernel has to need, in KiB.
  public static let wantedKiB = 2048

  /// How much less the XIP kernel needs, in KiB.
  public var savedKiB: Int { twinKiB - xipKiB }

  /// Whether that is as much as execution in place has to save.
  public var isEnough: Bool { savedKiB >= Self.wantedKiB }

  /// Makes the pair of two sizes in KiB.
  public init(xipKiB: Int, twinKiB: Int) {
    self.xipKiB = xipKiB
    self.twinKiB = twinKiB
  }

  /// The sizes in KiB in which RAM is tried.
  static let stepKiB = 256

  /// The most RAM that is tried, in KiB.
  static let mostKiB = 64 * 1024

  /// The instructions within which a first process has to start: seven times those of a whole boot.
  static let instructionLimit = 1_000_000_000

  /// Returns the least number of steps for which `isEnough`, on the supposition that more is enough as well.
  ///
  /// It is looked for around `guess` in strides that double, and then by halving.
  ///
  /// - Parameters:
  ///   - guess: Where to begin, in steps.
  ///   - most: The most steps to try.
  ///   - isEnough: Tries a number of steps, none twice.
  /// - Returns: The number, which was tried, as was one less, unless it is 1; nil when `most` is too little.
  /// - Throws: What `isEnough` throws.
  static func search<Failure: Error>(
    from guess: Int, upTo most: Int, _ isEnough: (Int) async throws(Failure) -> Bool
  ) async throws(Failure) -> Int? {
    // What is too little, and what is enough, so far as is known.
    var (low, high) = (0, most + 1)
    var next = min(max(guess, 1), most)
    var stride = 1
    while high - low > 1 {
      if try await isEnough(next) { high = next } else { low = next }
      switch (low, high) {
      case (0, _): next = max(1, high - stride)
      case (_, most + 1): next = min(most, low + stride)
      default: next = (low + high) / 2
      }
      stride *= 2
    }
    return high > most ? nil : high
  }
}

extension Machine {
  /// Returns the least RAM with which a kernel and its twin still start their first processes.
  ///
  /// Both are searched for at once. A boot is bounded by instructions, and its clock counts them, so that what it
  /// comes to does not hang on this machine.
  ///
  /// - Parameters:
  ///   - files: Where the kernels are; `proof-ram-…` in it gets the last consoles.
  ///   - progress: Told of each boot.
  /// - Returns: The sizes, each of which was tried, as was 256 KiB less.
  /// - Throws: `XIPKernelError` when QEMU is at fault, or a kernel does not start with 64 MiB.
  public func smallestMemory(
    in files: KernelFiles, progress: Progress = .silent
  ) async throws(XIPKernelError) -> SmallestMemory {
    async let twinSearch = result { () async throws(XIPKernelError) in
      try await smallestMemory(of: .twin, in: files, progress: progress)
    }
    let xip = await result { () async throws(XIPKernelError) in
      try await smallestMemory(of: .xip, in: files, progress: progress)
    }
    let twin = await twinSearch
    return SmallestMemory(xipKiB: try xip.get(), twinKiB: try twin.get())
  }

  /// Returns the least RAM of one kernel in KiB: the XIP kernel is told of its RAM by the shim, the twin by QEMU.
  private func smallestMemory(
    of kind: KernelKind, in files: KernelFiles, progress: Progress
  ) async throws(XIPKernelError) -> Int {
    var machine = patient
    machine.limits.afterEnd = .milliseconds(100)
    let kernel = try ELFFile(reading: files.vmlinux(kind))
    let whole = try XIPKernelError.file { () throws(FileFailure) in try Files.read(files.flashImage) }
    let image = FlashImage(whole, kernel.byteOrder).withoutWaits(of: kernel)
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    let path = scratch.path.appending("image")
    if kind == .twin {
      try XIPKernelError.file { () throws(FileFailure) in
        try Files.write(kernel.bytesWithoutWaits, to: path)
      }
    }
    let console = files.memoryConsole(kind)
    let step = SmallestMemory.stepKiB
    // Beside what it is linked to, a kernel takes one to two MiB before its first process starts.
    let linked = kernel.symbol("_end").map { Int($0.address.physical.value) / 1024 } ?? 0
    let steps = try await SmallestMemory.search(
      from: linked / step + 6, upTo: SmallestMemory.mostKiB / step
    ) { (steps) async throws(XIPKernelError) in
      let memory = steps * step
      if kind == .xip {
        let image = image.with(memory: memory * 1024)
        try XIPKernelError.file { () throws(FileFailure) in try Files.write(image.biosBytes, to: path) }
      }
      let setup = BootSetup(
        source: kind == .xip ? .flash(path) : .ram(path), console: console,
        command: files.memoryCommand(kind), memoryKiB: memory,
        isConsoleReadLater: true, instructionLimit: SmallestMemory.instructionLimit,
        enough: .firstProcess, options: Self.countedClock)
      let report = try await machine.run(setup).report
      if case .timeLimit = report.end {
        throw .machineFailed(reason: "the boot with \(memory) KiB came to no end: \(report.end)")
      }
      let starts = report.markers.contains(.firstProcess)
      progress(.noted("\(kind.rawValue): \(memory) KiB \(starts ? "is enough" : "is too little")"))
      return starts
    }
    guard let steps else {
      throw .bootFailed(
        kernel: "the kernel with \(SmallestMemory.mostKiB) KiB", reason: "no first process", console: console)
    }
    return steps * step
  }
}
