import Host
import SystemPackage
import Versions

/// A final `.config`, in which every symbol asked for has the value asked for.
public struct KernelConfiguration: Hashable, Sendable {
  private let text: ConfigurationText

  /// Reads a final `.config`.
  ///
  /// - Throws: `XIPKernelError` when the file cannot be read or is no `.config`.
  init(reading path: FilePath) throws(XIPKernelError) {
    let bytes = try XIPKernelError.file { () throws(FileFailure) in try Files.read(path) }
    text = try ConfigurationText(bytes, from: path)
  }

  /// Makes the configuration of settings that are final.
  init(_ text: ConfigurationText) {
    self.text = text
  }

  /// Returns the value of `symbol` as it stands in the file, `n` when it is off, nil when it is not mentioned.
  public subscript(symbol: String) -> String? { text[symbol] }

  /// The physical address the kernel runs at, or nil when it does not run in place.
  public var xipAddress: Address? {
    guard text["XIP_KERNEL"] == "y", let value = text["XIP_PHYS_ADDR"] else { return nil }
    return number(value).flatMap { UInt32(exactly: $0) }.map(Address.init)
  }

  /// The part of the flash where the kernel looks for a file system with applications; nil when it looks nowhere, or
  /// elsewhere.
  var applicationRegion: Range<Address>? {
    guard let start = text["MTD_PHYSMAP_START"].flatMap(number).flatMap({ Int(exactly: $0) }),
      let size = text["MTD_PHYSMAP_LEN"].flatMap(number).flatMap({ Int(exactly: $0) }),
      case let first = Int(FlashImage.flashAddress.value), size > 0, size <= FlashImage.capacity,
      start >= first, start <= first + FlashImage.capacity - size
    else { return nil }
    return Address(UInt32(start))..<Address(UInt32(start + size))
  }

  /// Whether the kernel's data is stored deflated, so that the ELF file does not tell what flash holds.
  var deflatesData: Bool { text["XIP_DEFLATED_DATA"] == "y" }
}

extension KernelConfiguration {
  /// What one kernel is to be configured as: the tree's defconfig with the project's fragments over it.
  struct Request: Sendable {
    /// The merged settings, the fragments' last.
    private(set) var merged: ConfigurationText
    /// The fragments' settings with the files they come from.
    private(set) var asked: [(symbol: String, value: String, source: String)] = []

    /// Makes the request for one kernel.
    ///
    /// - Parameters:
    ///   - kind: Whether the settings of `xip.config` are to hold or to be off.
    ///   - version: The release that the tree is of; what the fragments ask of later ones is not asked of it.
    ///   - tree: The kernel tree with its defconfig.
    ///   - inputs: Where the fragments are.
    ///   - byteOrder: The order to configure for, whatever the defconfig says.
    ///   - initramfs: The name of the initramfs list, seen from the output directory.
    /// - Throws: `XIPKernelError` when a file cannot be read or has a line that is no setting.
    init(
      _ kind: KernelKind, of version: Version, tree: FilePath, inputs: Inputs, byteOrder: ByteOrder,
      initramfs: String
    ) throws(XIPKernelError) {
      merged = try Self.read(tree.appending("arch/mips/configs/malta_defconfig"), for: version)
      let other: ByteOrder = byteOrder == .little ? .big : .little
      var order = ConfigurationText()
      order.set("CPU_\(other.rawValue.uppercased())_ENDIAN", to: "n")
      order.set("CPU_\(byteOrder.rawValue.uppercased())_ENDIAN", to: "y")
      ask(order, from: "the byte order")
      ask(try Self.read(inputs.config.appending("malta.config"), for: version), from: "malta.config")
      var xip = try Self.read(inputs.config.appending("xip.config"), for: version)
      if kind == .twin {
        var off = ConfigurationText()
        for symbol in xip.symbols where xip[symbol] == "y" { off.set(symbol, to: "n") }
        xip = off
      }
      ask(xip, from: "xip.config")
      var list = ConfigurationText()
      list.set("INITRAMFS_SOURCE", to: "\"\(initramfs)\"")
      ask(list, from: "the first process")
    }

    /// Makes the request for a kernel like one that was configured before.
    ///
    /// - Parameters:
    ///   - final: The configuration of that one.
    ///   - fragment: What to set on top.
    ///   - version: The release that the tree is of.
    ///   - settings: Given that configuration, what to set beside.
    /// - Throws: `XIPKernelError` when a file cannot be read or has a line that is no setting.
    init(
      over final: FilePath, _ fragment: FilePath, for version: Version,
      settings: (ConfigurationText) -> KeyValuePairs<String, String>
    ) throws(XIPKernelError) {
      merged = try Self.read(final, for: version)
      var beside = ConfigurationText()
      for (symbol, value) in settings(merged) { beside.set(symbol, to: value) }
      ask(try Self.read(fragment, for: version), from: fragment.lastComponent?.string ?? "")
      ask(beside, from: "the place of the programs")
    }

    /// Returns the symbols that `final` does not have as asked.
    func lost(in final: KernelConfiguration) -> [LostSymbol] {
      asked.compactMap { symbol, value, source in
        let got = final[symbol]
        let same =
          value == got || value == "n" && got == nil
          || got.flatMap(number).map { $0 == number(value) } ?? false
        return same ? nil : LostSymbol(symbol: symbol, requested: value, got: got, source: source)
      }
    }

    private mutating func ask(_ fragment: ConfigurationText, from source: String) {
      merged.merge(fragment)
      asked.removeAll { fragment[$0.symbol] != nil }
      for symbol in fragment.symbols {
        fragment[symbol].map { asked.append((symbol, $0, source)) }
      }
    }

    private static func read(
      _ path: FilePath, for version: Version
    ) throws(XIPKernelError) -> ConfigurationText {
      let bytes = try XIPKernelError.file { () throws(FileFailure) in try Files.read(path) }
      return try ConfigurationText(bytes, from: path, for: version)
    }
  }

  /// Returns the symbols in which the twin differs though it may not: `NAME: value, value in the twin`.
  ///
  /// It may differ in the symbols of XIP itself, and in what follows from it and has no prompt: by the kernel's
  /// custom those symbols begin with `HAVE_` or `ARCH_`; deflated data selects `ZLIB_INFLATE` too. Off and not
  /// offered is the same.
  func differences(from twin: KernelConfiguration) -> [String] {
    let allowed = ["XIP_", "HAVE_", "ARCH_"] + (deflatesData ? ["ZLIB_INFLATE"] : [])
    return Set(text.symbols).union(twin.text.symbols).sorted().compactMap { symbol in
      let (mine, its) = (self[symbol] ?? "n", twin[symbol] ?? "n")
      if mine == its || allowed.contains(where: symbol.hasPrefix) { return nil }
      return "CONFIG_\(symbol): \(mine), \(its) in the twin"
    }
  }
}

/// Returns the number that a `hex` or `int` symbol's value stands for, or nil.
private func number(_ value: String) -> UInt64? {
  value.lowercased().hasPrefix("0x") ? UInt64(value.dropFirst(2), radix: 16) : UInt64(value)
}
