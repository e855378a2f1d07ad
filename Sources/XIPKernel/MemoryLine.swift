/// The kernel's own account of its memory, as it prints it in the middle of a boot.
public struct MemoryLine: Hashable, Codable, Sendable {
  /// The line itself, from `Memory:` on.
  public let text: String

  /// The memory that is free for use, in KiB.
  public let availableKiB: Int

  /// All memory, in KiB.
  public let totalKiB: Int

  /// What takes up the difference, in KiB, by the kernel's names: `kernel code`, `rwdata`, `reserved`, ….
  public let partsKiB: [String: Int]

  /// The memory the kernel keeps for itself, in KiB.
  public var reservedKiB: Int { partsKiB["reserved"] ?? totalKiB - availableKiB }

  /// Reads `Memory: 254688K/262144K available (2384K kernel code, 178K rwdata, …)`; returns nil for anything else.
  public init?(_ line: some StringProtocol) {
    var rest = Substring(line)
    guard let start = rest.firstRange(of: "Memory: ") else { return nil }
    text = String(rest[start.lowerBound...])
    rest = rest[start.upperBound...]
    guard let available = rest.takeKiB(), rest.take("/"), let total = rest.takeKiB(),
      rest.take(" available (")
    else { return nil }
    var parts: [String: Int] = [:]
    while let size = rest.takeKiB(), rest.take(" ") {
      let name = rest.prefix { $0 != "," && $0 != ")" }
      parts[String(name)] = size
      rest = rest[name.endIndex...]
      guard rest.take(", ") else { break }
    }
    guard rest.hasPrefix(")"), !parts.isEmpty else { return nil }
    (availableKiB, totalKiB, partsKiB) = (available, total, parts)
  }
}

/// What is left of the memory once the first process runs, in KiB.
public struct ProcessMemory: Hashable, Codable, Sendable {
  /// `MemTotal` of `/proc/meminfo`.
  public let totalKiB: Int
  /// `MemFree` of `/proc/meminfo`.
  public let freeKiB: Int
  /// `MemAvailable` of `/proc/meminfo`.
  public let availableKiB: Int

  /// Reads `xip-init: MemTotal_kB=… MemFree_kB=… MemAvailable_kB=…`; returns nil for anything else.
  public init?(_ line: some StringProtocol) {
    func value(_ name: String) -> Int? {
      guard let range = line.firstRange(of: "\(name)_kB=") else { return nil }
      return Int(line[range.upperBound...].prefix { $0.isNumber })
    }
    guard line.hasPrefix("xip-init: "), let total = value("MemTotal"), let free = value("MemFree"),
      let available = value("MemAvailable")
    else { return nil }
    (totalKiB, freeKiB, availableKiB) = (total, free, available)
  }
}

extension Substring {
  /// Takes `text` off the front, if it is there.
  fileprivate mutating func take(_ text: String) -> Bool {
    guard hasPrefix(text) else { return false }
    removeFirst(text.count)
    return true
  }

  /// Takes a number and `K` off the front, if they are there.
  fileprivate mutating func takeKiB() -> Int? {
    let digits = prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), self[digits.endIndex...].hasPrefix("K") else { return nil }
    self = self[digits.endIndex...].dropFirst()
    return number
  }
}
