import Host
import SystemPackage
import TestSupport
import Testing
import VersionMatrix

#if canImport(Glibc)
  import Glibc
#endif

/// A scenario that is run again and again from the same start, each time disturbed at another place.
struct Torture {
  /// As many runs as there are calls, one for each.
  static let everyCall = Int.max

  private let scenario: Scenario
  private let checkout: Checkout
  private let faults: Faults
  private let arguments: [String]
  private let environment: [String: String]
  /// What is there before the command, and what a run that nothing disturbs leaves.
  private let before: Remains
  private let after: Remains
  private let names: Set<String>
  /// The seconds of that run, and the calls at which it can be killed.
  private let seconds: Double
  private let moments: Int
  /// A copy of the start.
  private var start: FilePath { checkout.directory.withSuffix("-start") }

  /// Prepares the scenario in a checkout of its own and calls `body`.
  static func with(_ scenario: Scenario, _ body: (Torture) async throws -> Void) async throws {
    try await Checkout.with { checkout in
      try Files.write(try await madeUpRecord(3), to: checkout.record)
      let arguments = try await scenario.prepare(checkout)
      let torture = try await Torture(scenario, checkout, arguments)
      defer { try? Files.remove(torture.start) }
      try await body(torture)
    }
  }

  private init(_ scenario: Scenario, _ checkout: Checkout, _ arguments: [String]) async throws {
    (self.scenario, self.checkout, self.arguments) = (scenario, checkout, arguments)
    environment = scenario.environment(checkout).merging(
      ["TMPDIR": checkout.directory.appending("temporary").string]
    ) { $1 }
    try Files.makeDirectory(checkout.directory.appending("temporary"))
    before = try await Remains(in: checkout)
    let place = checkout.directory.withSuffix("-start")
    _ = try await Command("cp", ["-a", checkout.directory.string, place.string]).output()
    faults = try await Faults(in: place)
    let clock = ContinuousClock()
    let begin = clock.now
    let run = try await faults.run(arguments, in: checkout, environment: environment, .kill, at: 0)
    seconds = (clock.now - begin) / .seconds(1)
    moments = run.calls
    #expect(run.completion.status == .exited(scenario.status), "\(run.completion.errorText)")
    after = try await Remains(in: checkout)
    names = try checkout.names()
  }

  /// Puts all back as it was before the command.
  private func reset() async throws {
    let script = #"rm -rf "$1" && cp -a "$2" "$1" && rm -f "$1"/faults.*"#
    _ = try await Command("sh", ["-c", script, "sh", checkout.directory.string, start.string]).output()
  }

  /// Disturbs that many runs, at calls spread over the whole of it.
  ///
  /// The calls are those on files that have `name` in their paths.
  func disturb(_ kind: Faults.Kind, times: Int, on name: String = "", seed: UInt64) async throws {
    let isEverywhere = [.interrupt, .short, .unsynced].contains(kind)
    var calls = kind == .kill && name.isEmpty ? moments : 0
    if !isEverywhere, calls == 0 {
      try await reset()
      calls = try await faults.run(
        arguments, in: checkout, environment: environment, kind, at: 0, on: name
      ).calls
    }
    guard calls > 0 || isEverywhere else { return log("\(kind): nothing to disturb") }
    var random = Seeded(seed: seed)
    let times = times == Self.everyCall ? calls : times
    var hits = 0
    for number in 0..<(isEverywhere ? 1 : times) {
      let call = isEverywhere ? 0 : 1 + (number * calls + random.below(calls)) / times
      try await reset()
      let run = try await faults.run(
        arguments, in: checkout, environment: environment, kind, at: call, on: name)
      if !run.hit.isEmpty { hits += 1 }
      let place = "\(scenario.name), \(kind) at call \(call) of \(calls) (\(run.hit))"
      log("\(place): \(run.completion.status): \(run.completion.errorText.suffix(300))")
      if let fault = try await fault(in: run.completion, kind, hit: run.hit) {
        Issue.record("\(place): \(fault): \(run.completion.errorText.suffix(400))")
      }
      await judge(place, hit: run.hit)
    }
    print("torture: \(scenario.name): \(isEverywhere ? 1 : hits) × \(kind) of \(calls) moments, seed \(seed)")
  }

  /// Kills that many runs outright, at moments spread over the time that one takes.
  func killInTime(times: Int, seed: UInt64) async throws {
    var random = Seeded(seed: seed)
    var hits = 0
    for number in 0..<times {
      let share = (Double(number) + Double(random.below(1000)) / 1000) / Double(times)
      try await reset()
      var tool = checkout.tool(environment)
      tool.program = "timeout"
      let run = try await tool.run(
        ["--foreground", "-s", "KILL", "\(share * seconds)", Tool.path] + arguments)
      // That of a shell, or of its own.
      if run.status != .exited(scenario.status) { hits += 1 }
      let place = "\(scenario.name), killed after \(share * seconds) s"
      log("\(place): \(run.status)")
      await judge(place, hit: "")
    }
    print("torture: \(scenario.name): \(hits) × kill in time, seed \(seed)")
  }

  /// Returns what is wrong with the way in which a disturbed run ended.
  private func fault(
    in run: Command.Completion, _ kind: Faults.Kind, hit: String
  ) async throws -> String? {
    let isHit = !hit.isEmpty
    let isAsEver = run.status == .exited(scenario.status)
    switch kind {
    case .kill:
      return run.status == (isHit ? .signalled(SIGKILL) : .exited(scenario.status)) ? nil : "\(run.status)"
    case .interrupt, .short: return isAsEver ? nil : "\(run.status)"
    case .unsynced: return isAsEver && !isHit ? nil : "\(run.status), and not on the disk"
    case .child, .nospace, .io:
      if isAsEver { return nil }
      guard [.exited(1), .exited(3)].contains(run.status) else { return "\(run.status)" }
      // Git and curl are named where they fail; they do not always say why. Neither does a server, nor libarchive of what it
      // could not unpack, nor a compiler that aborts.
      if hit.hasPrefix("curl: read "), hit.contains("/mirror/") { return nil }
      let reason = kind == .io ? "Input/output error" : "No space left on device"
      let said = run.text + run.errorText
      let words = ["git", "curl", "is not a whole tarball", "was killed by signal", reason]
      return kind == .child || words.contains(where: said.contains) ? nil : "the reason is not told"
    }
  }

  /// Looks at what a disturbed run left, runs the command again, and looks again.
  private func judge(_ place: String, hit: String) async {
    do {
      try await check()
      var now = try await Remains(in: checkout)
      for result in before.results where !now.results.contains(result) {
        Issue.record("\(place): lost: \(result.version) \(result.toolchain)")
      }
      if !scenario.isRepeatable {
        // The next command that looks finishes what was begun.
        _ = try await checkout.tool(environment).run(["log"] + checkout.ownKernel)
        now = try await Remains(in: checkout)
        if now == after { return }
        let difference = now.difference(from: before)
        if scenario.isAtOnce, !difference.isEmpty {
          Issue.record("\(place): neither as before nor as after: \(difference)")
        }
      }
      let again = try await checkout.tool(environment).run(arguments)
      if again.status != .exited(scenario.status) {
        Issue.record("\(place): the next run: \(again.status): \(again.errorText.suffix(600))")
      }
      try await check()
      var remains = try await Remains(in: checkout)
      // A signature that gpg could not check is noted as that.
      if hit.hasPrefix("gpg: ") { remains.takeNotes(of: after) }
      let difference = remains.difference(from: after)
      if !difference.isEmpty { Issue.record("\(place): after the next run: \(difference)") }
      // What cannot be removed lies in a place that the next import sweeps.
      let isKept = [": unlink ", ": rmdir "].contains(where: hit.contains)
      let left = try checkout.names().subtracting(names).sorted().filter { name in
        !isKept || !["/tmp_obj_", "/incoming", "/downloads/"].contains(where: name.contains)
      }
      if !left.isEmpty { Issue.record("\(place): left lying: \(left.joined(separator: ", "))") }
    } catch {
      Issue.record("\(place): \(error)")
    }
  }

  /// What others say of the repositories and of the record.
  private func check() async throws {
    for repository in checkout.repositories {
      let said = try await checkout.git(repository, "fsck", "--full", "--no-progress", "--no-dangling")
      let faults = said.split(separator: "\n").filter { !$0.hasPrefix("notice: ") }
      if !faults.isEmpty { throw Fault("\(repository): fsck: \(faults.joined(separator: "; "))") }
    }
    _ = try await Command("python3", ["-m", "json.tool", checkout.record.string]).output()
  }

  private struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
      self.description = description
    }
  }

  /// Writes a line of the long form's log.
  private func log(_ line: String) {
    guard let path = getenv("XIP_REBASE_TORTURE_LOG"), let file = fopen(path, "a") else { return }
    fputs(line.replacing("\n", with: " | ") + "\n", file)
    fclose(file)
  }
}
