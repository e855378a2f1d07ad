public import PatchStack
public import VersionMatrix

/// The results of a dry run as a table for people: a row for each version, a column for each patch.
public struct CheckTable: Sendable {
  /// The results, one a row.
  public let results: [VersionResult]

  private let names: [String]

  /// Makes the table of `results`.
  public init(_ results: [VersionResult]) {
    self.results = results
    var names: [String] = []
    for result in results {
      for patch in result.patches where !names.contains(patch.name) { names.append(patch.name) }
    }
    self.names = names
  }

  /// The most patches that get a column each; of longer series the row tells how many had which outcome.
  private static let mostColumns = 8

  private var isWide: Bool { names.count <= Self.mostColumns }

  /// The table.
  public var table: Table {
    guard isWide else {
      var table = Table(["version", "verdict", "patches"])
      for result in results { table.add([result.version, result.verdict.rawValue, result.patches.summary]) }
      return table
    }
    var table = Table(["version", "verdict"] + names.map(short))
    for result in results {
      table.add(
        [result.version, result.verdict.rawValue] + names.map { outcome(of: $0, in: result)?.rawValue ?? "-" }
      )
    }
    return table
  }

  /// Returns what became of the patch in a column of ``table``, or nil where the column is none of a patch.
  public func outcome(row: Int, column: Int) -> Outcome? {
    guard isWide, column >= 2 else { return nil }
    return outcome(of: names[column - 2], in: results[row])
  }

  /// The column of the verdict, for colouring it.
  public static let verdictColumn = 1

  /// The reasons of the results that did not pass, a line or more each.
  public var reasons: [String] {
    results.compactMap { result in result.reason.map { "\(result.version): \($0)" } }
  }

  /// What upstream has taken already, a line for each patch whose commits are known.
  public var absorptions: [String] {
    results.flatMap { result in
      result.patches.compactMap { patch in
        patch.absorbedBy.map { commits in
          let names = commits.map { "\("\($0.commit)".prefix(12)) (\($0.subject))" }
          return "\(result.version): \(patch.name): \(patch.outcome.rawValue), brought by "
            + names.joined(separator: ", ")
        }
      }
    }
  }

  private func outcome(of name: String, in result: VersionResult) -> Outcome? {
    result.patches.first { $0.name == name }?.outcome
  }

  /// Returns the number that patches of a numbered series start with, else the name.
  private func short(_ name: String) -> String {
    let number = name.prefix { $0.isASCII && $0.isNumber }
    return number.isEmpty || names.contains { $0 != name && $0.hasPrefix(number) } ? name : String(number)
  }
}
