/// What was found of applications that execute in place, and of the same ones in RAM.
public struct ApplicationFindings: Codable, Hashable, Sendable {
  /// The SHA-256 over the sources of programs and configuration.
  public var sources: String
  /// The size of the file system in flash.
  public var imageBytes: Int
  /// The pages of the programs' code and constants, in KiB.
  public var textKiB: Int
  /// The proofs, each with its control.
  public var proofs: [Proof]
  /// What PID 1 found free of 32 MiB of RAM when it had done its work, by where the programs were.
  public var memory: [String: Memory]
  /// The instructions that the second program's starts took, by where the programs were; the twin's are not counted.
  public var starts: [String: Starts]

  /// The memory that the kernel leaves to others.
  public struct Memory: Codable, Hashable, Sendable {
    /// `Cached`, in KiB: the pages of files that are in RAM, those of programs among them.
    public var cachedKiB: Int
    /// `MemFree`, in KiB; without the pages that the kernel keeps at hand, which are up to some hundred KiB.
    public var freeKiB: Int
    /// `MemAvailable`, in KiB.
    public var availableKiB: Int
  }

  /// Two starts of one program, from fork(2) to wait4(2), in instructions.
  public struct Starts: Codable, Hashable, Sendable {
    /// Of the first, when no page of it was touched before.
    public var first: Int
    /// Of the second.
    public var second: Int
  }

  /// Throws what is not as it should be.
  ///
  /// - Throws: `XIPKernelError.notProved` when a proof does not hold, `.controlPasses` when one holds for its control.
  public func check() throws(XIPKernelError) {
    guard proofs.allSatisfy(\.passed) else { throw .notProved(proofs) }
    guard !proofs.contains(where: \.control.passed) else { throw .controlPasses(proofs) }
  }

  /// What was saved and what it took, in words.
  public var summary: String {
    guard let flash = memory["flash"], let ram = memory["ram"], let twin = memory["twin"],
      let start = starts["flash"], let other = starts["ram"]
    else { return "\(proofs.count) proofs" }
    return "kernel in flash \(ram.freeKiB - twin.freeKiB) KiB more free, applications in flash "
      + "\(ram.cachedKiB - flash.cachedKiB) KiB less in the page cache; "
      + "a first start \(start.first) instructions, from RAM \(other.first)"
  }
}

/// What PID 1 of the boot with applications says on the console.
struct ApplicationConsole: Sendable {
  /// The lines of its /proc/self/maps.
  private(set) var maps: [String] = []
  /// The page cache in KiB.
  private(set) var cachedKiB: Int?
  /// The ticks of a thousand instructions.
  private(set) var thousand: Int?
  /// The ticks of each start, and the status it ended with.
  private(set) var starts: [(ticks: Int, status: Int)] = []

  /// Reads a console.
  init(_ bytes: [UInt8]) {
    for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
      let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
      guard words.first == "xip-apps:", words.count > 2 else { continue }
      switch words[1] {
      case "map": maps.append(words.dropFirst(2).joined(separator: " "))
      case "cached": cachedKiB = Int(words[2])
      case "thousand": thousand = Int(words[2])
      case "start":
        guard words.count == 7, let ticks = Int(words[4]), let status = Int(words[6]) else { continue }
        starts.append((ticks, status))
      default: break
      }
    }
  }

  /// The instructions of both starts; nil when one is missing, or the program did not come to the same end twice.
  var instructions: ApplicationFindings.Starts? {
    guard let thousand, thousand > 0, starts.count == 2, starts[0].status == starts[1].status,
      starts[0].status > 0xff
    else { return nil }
    return .init(first: starts[0].ticks * 1000 / thousand, second: starts[1].ticks * 1000 / thousand)
  }

  /// Whether the kernel says that PID 1's code is mapped from `region`: for such a mapping /proc/self/maps has the physical
  /// address where others have the offset in the file.
  func mapped(from region: Range<Address>) -> Finding {
    let code = maps.filter { line in
      line.split(separator: "-").first.flatMap { UInt32($0, radix: 16) }
        .map { Applications.text.contains(Address($0)) } ?? false
    }
    let places = code.map { line -> UInt32? in
      let words = line.split(separator: " ")
      return words.count > 2 ? UInt32(words[2], radix: 16) : nil
    }
    return Finding(
      passed: !code.isEmpty && places.allSatisfy { $0.map { region.contains(Address($0)) } ?? false },
      read: code.isEmpty ? "no code in /proc/self/maps" : code.joined(separator: "; "))
  }
}

extension QEMULog {
  /// Whether all code of user space was fetched from `region` of the flash, by the pages that the TLB gave for it.
  func userCode(from region: Range<Address>) -> Finding {
    let text = Applications.text
    let user = instructions.filter { $0.value < 0x8000_0000 }
    let astray = user.filter { !text.contains($0) }
    let found = userPages.filter { text.contains($0.address) }
    let elsewhere = found.filter { !region.contains($0.physical) }
    let pages = Set(user.map { $0.value & ~0xfff })
    let known = Set(found.map { $0.address.value & ~0xfff })
    let places = Set(found.map { $0.physical.value & ~0xfff })
    var read =
      "\(user.count) instructions on \(pages.count) pages; \(found.count) times found, at \(places.count) physical pages "
    read +=
      places.min().flatMap { first in places.max().map { "from \(Address(first)) to \(Address($0))" } } ?? ""
    if let first = elsewhere.first {
      read +=
        "; \(elsewhere.count) times not in the file system in flash, first \(first.address) at physical \(first.physical)"
    }
    if let first = astray.first { read += "; \(astray.count) instructions elsewhere, first \(first)" }
    return Finding(
      passed: !pages.isEmpty && pages.isSubset(of: known) && elsewhere.isEmpty && astray.isEmpty, read: read)
  }
}
