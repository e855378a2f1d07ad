import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Every command that writes, killed and failed at calls all over it: a few in short, hundreds by `make torture`.
@Suite(.enabled(if: Faults.isPossible, "no C compiler"))
struct TortureTests {
  /// What draws the calls.
  private let seed = UInt64(setting("SEED") ?? 1)
  private static let failing: [Faults.Kind] = [.child, .nospace, .io]
  private static let everywhere: [Faults.Kind] = [.interrupt, .short, .unsynced]

  /// In short each scenario is killed once, and gets one of the other kinds of faults, and one that is everywhere.
  @Test(arguments: Array(zip(Scenario.all, Scenario.all.indices)))
  func nothingIsLostWhereverACommandIsDisturbed(scenario: Scenario, number: Int) async throws {
    if let only = text("ONLY"), !only.isEmpty, only != scenario.name { return }
    try await Torture.with(scenario) { torture in
      try await torture.disturb(.kill, times: share("KILLS") ?? 1, seed: seed)
      if let times = share("TIMED_KILLS"), times > 0 {
        try await torture.killInTime(times: times, seed: seed)
      }
      if let times = share("FAULTS") {
        for kind in Self.failing { try await torture.disturb(kind, times: times, seed: seed) }
        for kind in Self.everywhere { try await torture.disturb(kind, times: 1, seed: seed) }
      } else {
        try await torture.disturb(Self.failing[number % 3], times: 1, seed: seed)
        try await torture.disturb(Self.everywhere[(number + number / 3) % 3], times: 1, seed: seed)
      }
    }
  }
}

/// Where one file decides each call on it is worth a run: a change of the stack happens when its log's reference moves; git
/// takes a repository whose HEAD it cannot read for none, goes on where it cannot note the end of a history, and begins anew
/// the notes that it cannot read.
@Test(
  .enabled(if: Faults.isPossible, "no C compiler"),
  arguments: [
    (Scenario.drop, "xip-rebase/log"), (.undo, "xip-rebase/log"), (.rebase, "/repository/.git/HEAD"),
    (.fetchTag, "trees.git/shallow"), (.fetchTag, "refs/notes/xip-rebase"),
  ])
func aCommandIsDoneOrNotWhateverCallOnTheFileFails(scenario: Scenario, name: String) async throws {
  try await Torture.with(scenario) { torture in
    try await torture.disturb(.io, times: Torture.everyCall, on: name, seed: 1)
  }
}

/// Returns one of the settings that `make torture` gives.
private func text(_ name: String) -> String? { getenv("XIP_REBASE_\(name)").map { String(cString: $0) } }

private func setting(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

/// Returns the part of it that falls to each scenario, rounded up; `every` is for each of its calls.
private func share(_ name: String) -> Int? {
  if text(name) == "every" { return Torture.everyCall }
  return setting(name).map { ($0 + Scenario.all.count - 1) / Scenario.all.count }
}
