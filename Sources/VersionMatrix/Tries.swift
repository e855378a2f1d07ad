import Host

/// The tries of a rung whose work may come out one way or the other: one that fails is tried again, and the lowest
/// result counts.
struct Tries {
  /// How often a rung is tried at most.
  static let most = 3

  /// What came of each try, when there was more than one.
  private(set) var outcomes: [VersionResult.Try] = []

  /// Does `work`, and when the version is to blame for a failure, does it again to see whether it always fails.
  ///
  /// - Parameters:
  ///   - rung: What the work is to reach.
  ///   - progress: Told of each failure.
  ///   - work: Called with the number of the try, counted from 1.
  /// - Returns: What the first try returned.
  /// - Throws: The failure of the first try, whatever the others came to; an interruption at once.
  mutating func run<Value>(
    _ rung: Rung, progress: Progress, _ work: (Int) async throws -> Value
  ) async throws -> Value {
    let first: any Failure
    do {
      return try await work(1)
    } catch let failure as any Failure where failure.blame == .version {
      first = failure
    }
    outcomes = [.init(rung: rung, reason: "\(first)")]
    for number in 2...Self.most {
      progress(
        .noted("not \(rung.rawValue), once more: \(outcomes[number - 2].reason ?? "it was this time")"))
      do {
        _ = try await work(number)
        outcomes.append(.init(rung: rung))
      } catch let failure as any Failure where failure.blame == .version {
        outcomes.append(.init(rung: rung, reason: "\(failure)"))
      } catch let failure as any Failure where failure.blame == .infrastructure {
        // A fault of this machine says nothing; what was seen before counts.
        break
      }
    }
    throw first
  }
}

extension [VersionResult.Try] {
  /// What the tries say against each other, or nil when all of them came to the same.
  var disagreement: String? {
    let passed = count { $0.reason == nil }
    if passed > 0 { return "passed in \(passed) of \(count) tries" }
    return Set(map { ($0.reason ?? "").withoutNumbers }).count > 1 ? "failed in different ways" : nil
  }
}

extension String {
  /// The text without the numbers and the place of the log, which are not the same in two runs of one kernel.
  fileprivate var withoutNumbers: String {
    let end = firstRange(of: "; the console is ")?.lowerBound ?? endIndex
    return String(self[..<end]).replacing(/(0x)?[0-9a-f]*[0-9][0-9a-f]*/, with: "#")
  }
}
