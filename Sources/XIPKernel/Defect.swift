/// A way in which a kernel is built wrong on purpose, so that a proof is seen to fail on it.
public enum Defect: String, CaseIterable, Sendable {
  /// The linker script does not name `.head.text`, as a copy of an older script does not.
  case headText = "head-text"
  /// Jump labels are forced on, which the series excludes: the kernel patches its text.
  case jumpLabels = "jump-labels"

  /// The proof that has to fail.
  var proof: String {
    switch self {
    case .jumpLabels: "flash-not-written"
    case .headText: "memory-line"
    }
  }

  /// The kernel in words.
  var what: String {
    switch self {
    case .jumpLabels: "a kernel with jump labels forced on"
    case .headText: "a kernel linked without HEAD_TEXT, the assertion on _stext left out"
    }
  }
}

extension ProofFindings {
  /// Takes in what was found of a kernel with `defect`, as a further control.
  public mutating func add(_ control: Proof.Control, of defect: Defect) {
    guard let index = proofs.firstIndex(where: { $0.name == defect.proof }) else { return }
    proofs[index].broken = control
  }
}

extension Machine {
  /// Boots a kernel with `defect`, and returns what the proof that has to fail finds of it.
  ///
  /// - Parameters:
  ///   - defect: How the kernel was built wrong.
  ///   - files: Where it is; they get its flash image and console.
  ///   - shim: The code before it.
  /// - Returns: The finding; passed when the proof does not notice.
  /// - Throws: `XIPKernelError` when a file or QEMU is at fault, or the kernel does not come as far as it must.
  public func control(
    _ defect: Defect, in files: KernelFiles, shim: BootShim
  ) async throws(XIPKernelError) -> Proof.Control {
    let kernel = try ELFFile(reading: files.vmlinux(.xip))
    let memory = UInt32(ProofBoot.xip.memoryKiB * 1024)
    let image = try FlashImage(kernel: kernel, shim: shim, memory: memory).withoutWaits(of: kernel)
    try image.write(to: files)
    let seen = try await watch(.xip, .flash(files.biosImage), in: files)
    let finding: Finding
    switch defect {
    case .jumpLabels:
      finding = seen.log.flashNotWritten
    case .headText:
      // Without the line the proof would fail for another reason.
      guard let line = seen.report.memory else {
        throw .bootFailed(
          kernel: defect.what, reason: "no memory line: \(seen.report.end)",
          console: files.proofConsole(.xip))
      }
      finding = line.codeIsText(from: kernel.symbol("_stext")?.address, to: kernel.symbol("_etext")?.address)
    }
    return Proof.Control(what: defect.what, passed: finding.passed, read: finding.read)
  }
}
