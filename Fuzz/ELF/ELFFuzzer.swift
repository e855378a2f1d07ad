import CLibFuzzer

@testable import XIPKernel

/// Takes bytes for the ELF file of a kernel.
///
/// What is read has to lie within the file, and all that looks at a kernel has to get through it: the layout checks, the
/// flash image, the places of its code.
@main enum FuzzELF {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
      return 0
    }
  }
}

private func fuzz(_ bytes: [UInt8]) {
  guard let file = try? ELFFile(bytes) else { return }
  for section in file.sections {
    let content = file.content(of: section)
    require(content.isEmpty || content.count == section.size, "a section of another size")
    if let address = file.loadAddress(of: section) {
      require(file.segments.contains { $0.isLoaded && address >= $0.loadAddress }, "loaded below its segment")
    }
    _ = file.section(containing: section.address)
  }
  for symbol in file.symbols.prefix(50) {
    require(symbol.section == 0 || file.symbol(symbol.name)?.name == symbol.name, "a symbol is not found")
  }
  _ = Layout(file, at: Address(0x1e00_1000)).checks
  _ = file.bytesWithoutWaits
  guard let shim = try? BootShim(code: [0, 0, 0, 0]), let image = try? FlashImage(kernel: file, shim: shim)
  else { return }
  require(image.bytes.count <= FlashImage.capacity, "an image larger than the flash")
  _ = image.withoutWaits(of: file).biosBytes
  _ = CountedPowerOff(image, of: file)
}

/// Fails in a way that a release build gives the reason of.
private func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
  if !condition { fatalError(reason()) }
}
