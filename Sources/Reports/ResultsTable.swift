public import VersionMatrix

/// Results as a table for people.
public struct ResultsTable: Sendable {
  /// The results, one a row.
  public let results: [VersionResult]

  /// The column of the verdict, for colouring it.
  public static let verdictColumn = 3

  /// Makes the table of `results`.
  public init(_ results: [VersionResult]) {
    self.results = results
  }

  /// The table.
  public var table: Table {
    var table = Table(
      [
        "version", "toolchain", "rung", "verdict", "patches", "XIP available", "twin available", "saved",
        "least RAM",
      ])
    for result in results {
      let memory = result.memory
      table.add([
        result.version, result.toolchain, result.rung?.rawValue ?? "-", result.verdict.rawValue,
        result.patches.isEmpty ? "-" : result.patches.summary,
        memory.map { "\($0.xip.availableKiB) KiB" } ?? "-",
        memory.map { "\($0.stock.availableKiB) KiB" } ?? "-",
        memory.map { "\($0.savedKiB) KiB" } ?? "-",
        memory.flatMap(Self.leastRAM) ?? "-",
      ])
    }
    return table
  }

  /// The RAM with which each kernel starts its first process: `4864 of 7680 KiB`.
  static func leastRAM(_ memory: VersionResult.Memory) -> String? {
    guard let xip = memory.xip.smallestKiB, let stock = memory.stock.smallestKiB else { return nil }
    return "\(xip) of \(stock) KiB"
  }

  /// Which results are those of another version's boots, a line each.
  public var shares: [String] {
    results.compactMap { result in
      result.sharedWith.map {
        "\(result.version) \(result.toolchain): booted as \($0), whose kernels are the same but for the release's name"
      }
    }
  }

  /// The reasons of the results that did not pass, a line or more each.
  public var reasons: [String] {
    results.compactMap { result in result.reason.map { "\(result.version) \(result.toolchain): \($0)" } }
  }
}
