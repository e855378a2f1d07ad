import FlashCost
import Host
import SystemPackage

/// The plugin by which QEMU writes what the caches of a board would see of a run; `measure/trace.c` says how.
struct TracePlugin: Sendable {
  /// Where it is.
  let path: FilePath

  /// The newest major version of QEMU that has the interface: 9.0 dropped its version 1.
  static let newestQEMU = 8

  /// Compiles the plugin for this machine.
  ///
  /// - Parameters:
  ///   - source: `trace.c`.
  ///   - path: Where to.
  /// - Throws: `XIPKernelError.programMissing` without a C compiler, `.unusableInput` when it refuses the source.
  init(building source: FilePath, into path: FilePath) async throws(XIPKernelError) {
    let compile = Command(
      "gcc", ["-O2", "-shared", "-fPIC", "-o", path.string, source.string], inheriting: Command.impersonal)
    guard compile.resolved() != nil else { throw .programMissing("gcc", package: "gcc") }
    try await compile.build(source)
    self.path = path
  }

  /// Returns QEMU's options for a run.
  ///
  /// - Parameters:
  ///   - trace: The file to write.
  ///   - marks: The addresses whose first instructions are marked.
  ///   - waits: Where code that only waits lies.
  ///   - byteOrder: The order of the bytes in the target's words.
  /// - Returns: The option and its value.
  func options(
    writing trace: FilePath, marks: [Address], waits: [Range<Address>], _ byteOrder: ByteOrder
  ) -> [String] {
    func digits(_ address: Address) -> String { hexadecimal(address.value, digits: 8) }
    var words = [path.string, "out=\(trace.string.replacing(",", with: ",,"))"]
    words += marks.map { "mark=\(digits($0))" }
    words += waits.map { "wait=\(digits($0.lowerBound)):\(digits($0.upperBound))" }
    if byteOrder == .big { words.append("big=on") }
    return ["-plugin", words.joined(separator: ",")]
  }
}

extension ELFFile {
  /// Where the kernel only waits: for the clock that it measures its own by, or idle until an interrupt comes.
  ///
  /// What runs there takes the time that is waited for, on any board; malta waits for two seconds of its RTC.
  var waitingCode: [Range<Address>] {
    let names: Set<String> = [
      "plat_time_init",
      // init/calibrate.c and arch/mips/lib/delay.c
      "calibrate_delay", "calibrate_delay_converge", "__delay", "__udelay", "__ndelay",
      // arch/mips/kernel/genex.S and kernel/sched/idle.c
      "r4k_wait", "__r4k_wait", "r4k_wait_irqoff", "arch_cpu_idle", "default_idle_call",
    ]
    // The symbols of a source file that others do not see follow its name.
    var isOfClock = false
    return symbols.compactMap { symbol in
      if symbol.section == Self.absolute, !symbol.isFunction, !symbol.isGlobal {
        isOfClock = symbol.name == "malta-time.c"
      }
      guard symbol.isFunction, symbol.size > 0,
        names.contains(symbol.name) || isOfClock && !symbol.isGlobal,
        let end = symbol.address.advanced(by: symbol.size)
      else { return nil }
      return symbol.address..<end
    }
  }

  /// The section of symbols that have none, `SHN_ABS`; the names of source files are among them.
  private static let absolute = 0xfff1
}
