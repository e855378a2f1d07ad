// What each rung says of itself in one line.

import KernelTrees
public import PatchStack
import XIPKernel

extension Rung {
  /// What is done to reach it.
  var activity: String {
    switch self {
    case .fetched: "fetching"
    case .rebased: "rebasing"
    case .compiled: "compiling"
    case .laidOut: "laying out"
    case .booted: "booting"
    case .proved: "proving"
    }
  }
}

extension Provenance {
  var summary: String { [file, "from \(source)"].compactMap { $0 }.joined(separator: " ") }
}

extension RebaseResult {
  var summary: String {
    variant.map { "\(patches.summary), in the form \($0)" } ?? patches.summary
  }

  /// The conflicts, a line each: of more than a person reads the first ones, and how many there are.
  var conflictText: String {
    let shown = 64
    var lines = conflicts.prefix(shown).map { $0.description(target: target) }
    if conflicts.count > shown { lines.append("and \(conflicts.count - shown) more conflicts") }
    return lines.joined(separator: "\n")
  }
}

extension [PatchResult] {
  /// The outcomes and how many patches have each: `4 unchanged, 1 offset`.
  public var summary: String {
    Outcome.allCases.compactMap { outcome in
      let count = self.count { $0.outcome == outcome }
      return count == 0 ? nil : "\(count) \(outcome.rawValue)"
    }
    .joined(separator: ", ")
  }
}

extension Toolchain {
  /// The programs as they name themselves.
  var summary: String { versions.values.sorted().joined(separator: ", ") }
}

extension CompiledKernel {
  var summary: String {
    let made = KernelKind.allCases.map { "\($0.rawValue) \(objects[$0] ?? 0)" }.joined(separator: ", ")
    return "\(toolchain.compiler.rawValue), objects: \(made)"
  }
}

extension Booted {
  var summary: String {
    guard let saved = VersionResult.Memory(self)?.savedKiB else { return "power-off" }
    return "power-off, \(saved) KiB more available than the RAM-loaded twin"
  }
}

extension Proved {
  var summary: String {
    "\(findings.proofs.count) proofs, each failed by its control; \(findings.instructions) instructions to "
      + "power-off; starts with \(findings.smallestMemory.savedKiB) KiB less than the RAM-loaded twin"
  }
}

extension VersionResult.Memory {
  /// How much more the XIP kernel leaves available, in KiB.
  public var savedKiB: Int {
    // A record can say anything; a difference that is no number is none of memory.
    let (saved, isTooLarge) = xip.availableKiB.subtractingReportingOverflow(stock.availableKiB)
    return isTooLarge ? 0 : saved
  }

  /// Reads both memory lines; nil when a kernel did not print one.
  init?(_ booted: Booted) {
    guard let xip = booted.xip.memory, let twin = booted.twin.memory else { return nil }
    self.init(
      xip: .init(xip, booted.xip.processMemory), stock: .init(twin, booted.twin.processMemory))
  }
}

extension VersionResult.Memory.Figures {
  init(_ line: MemoryLine, _ process: ProcessMemory?) {
    self.init(
      availableKiB: line.availableKiB, reservedKiB: line.reservedKiB, line: line.text,
      afterInitKiB: process?.availableKiB)
  }
}

extension Record {
  /// Returns what is on record of the series of that identity, a line for each result.
  public func testing(of series: String) -> [String] {
    entries.flatMap(\.results).filter { $0.series == series }.map { result in
      let place = result.rung.map { " at \($0.rawValue)" } ?? ""
      let saved = result.memory.map { ", \($0.savedKiB) KiB more available than its RAM-loaded twin" } ?? ""
      return "\(result.version), \(result.toolchain): \(result.verdict.rawValue)\(place)\(saved)"
    }
  }
}
