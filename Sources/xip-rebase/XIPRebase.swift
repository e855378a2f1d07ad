import ArgumentParser

/// The tool's commands.
///
/// Each parses, calls, and prints; nothing else.
struct XIPRebase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xip-rebase",
    abstract:
      "Carries the MIPS XIP series to any stable kernel and proves that the result executes in place.",
    discussion: """
      Exit codes: 0 all passed, 1 a version failed, 2 usage, 3 infrastructure (a missing tool, no network, a \
      full disk), 128 and the signal's number when interrupted: 130 by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.
      """,
    subcommands: [
      Onto.self, Matrix.self, CheckVersions.self, BisectReleases.self, Status.self, Continue.self, Skip.self,
      Abort.self,
      Refresh.self,
      RangeDiff.self, ListResolutions.self, Edit.self, New.self, Drop.self, Reorder.self, Undo.self,
      ShowLog.self, Annotate.self, Fetch.self, ListVersions.self, Verify.self, Boot.self, Measure.self,
      Report.self, RecordCommand.self, Cache.self,
      Doctor.self, Manual.self,
    ]
  )
}
