import ArgumentParser
import SystemPackage
import VersionMatrix

/// Work on the record itself.
struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Put the records of several machines together, or hold one against an earlier one.",
    subcommands: [Merge.self, Compare.self])

  /// Takes in what copies of the record have more or newer.
  struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge",
      abstract:
        "Take into the record what copies of it, which other machines went on with, have more or newer.",
      discussion: """
        For each version and toolchain the newest result counts; where an older one of the same content failed and the \
        newer one passed, the failure stays and is called flaky.

        Example: xip-rebase record merge shard-1.json shard-2.json
        """)

    @Argument(help: "Copies of kernel-versions.json.", completion: .file(extensions: ["json"]))
    var copies: [String]

    func run() async throws {
      let record = try Project.containingCurrentDirectory().record
      // All are read before anything is changed.
      let others = try copies.map { try Record.load(FilePath($0)) }
      try Record.change(record) { record in
        for other in others { record.merge(other) }
      }
    }
  }

  /// Tells what passed in an earlier record and fails now.
  struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract: "Tell what passed in an earlier record and fails in this one; exits with 1 if anything did.",
      discussion: """
        Example: xip-rebase record compare earlier.json
        """)

    @Argument(help: "An earlier kernel-versions.json.", completion: .file(extensions: ["json"]))
    var earlier: String

    func run() async throws {
      let record = try Record.load(Project.containingCurrentDirectory().record)
      let regressions = record.regressions(since: try Record.load(FilePath(earlier)))
      for regression in regressions { Output.standard.line(regression.summary) }
      if !regressions.isEmpty { throw ExitCode(Verdict.exitCode(of: [.fail])) }
    }
  }
}
