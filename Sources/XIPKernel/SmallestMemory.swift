public import Host
import SystemPackage

extension Machine {
  /// The steps in which RAM is tried, in KiB.
  static let memoryStepKiB = 256

  /// Returns the least RAM, in KiB, with which a kernel still starts its first process.
  ///
  /// It is searched for by halving, on the supposition that what starts with some RAM starts with more. The boots
  /// count instructions for their clock, so that what one comes to does not hang on this machine.
  ///
  /// - Parameters:
  ///   - kind: The XIP kernel, told of its RAM by the shim, or the twin, told by QEMU.
  ///   - files: Where the kernel is; `proof-ram-…` in it gets the last console.
  ///   - progress: Told of each boot.
  /// - Returns: The RAM in KiB, a multiple of 256, that was tried, and with 256 less of which the kernel did not
  ///   start its first process.
  /// - Throws: `XIPKernelError` when QEMU is at fault, or the kernel does not start with 64 MiB.
  public func smallestMemory(
    of kind: KernelKind, in files: KernelFiles, progress: Progress = .silent
  ) async throws(XIPKernelError) -> Int {
    var machine = self
    machine.limits = Limits(total: .seconds(60), silence: .seconds(20), afterEnd: .milliseconds(300))
    let scratch = try XIPKernelError.file { () throws(FileFailure) in try ScratchDirectory() }
    let path = scratch.path.appending("image")
    let console = files.directory.appending("proof-ram-\(kind.rawValue)-console.log")
    var (low, high) = (0, 64 * 1024 / Self.memoryStepKiB)
    var isTried = false
    while high - low > 1 || !isTried {
      let steps = isTried ? (low + high) / 2 : high
      let memory = steps * Self.memoryStepKiB
      var source = BootSetup.Source.ram(files.vmlinux(.twin))
      if kind == .xip {
        let order = try ELFFile(reading: files.vmlinux(.xip)).byteOrder
        try XIPKernelError.file { () throws(FileFailure) in
          let image = FlashImage(try Files.read(files.flashImage), order).with(memory: memory * 1024)
          try Files.write(image.biosBytes, to: path)
        }
        source = .flash(path)
      }
      let setup = BootSetup(
        source: source, console: console,
        command: files.directory.appending("proof-ram-\(kind.rawValue)-boot.command"), memoryKiB: memory,
        options: Self.countedClock())
      let report = try await machine.run(setup).report
      let starts = report.markers.contains(.firstProcess)
      progress(.noted("\(kind.rawValue): \(memory) KiB \(starts ? "is enough" : "is too little")"))
      if starts {
        high = steps
      } else if isTried {
        low = steps
      } else {
        throw .bootFailed(
          kernel: "the kernel with \(memory) KiB", reason: "no first process", console: console)
      }
      isTried = true
    }
    return high * Self.memoryStepKiB
  }
}
