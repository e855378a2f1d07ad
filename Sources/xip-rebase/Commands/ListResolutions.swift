import ArgumentParser
import PatchStack
import Reports
import SystemPackage
import VersionMatrix

/// Lists, shows and forgets the settled conflicts that travel with the series.
struct ListResolutions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolutions",
    abstract: "List the settled conflicts that travel with the series, show one, or forget one.",
    subcommands: [List.self, Show.self, Forget.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List them.",
      discussion: """
        Example: xip-rebase resolutions
        """)

    @OptionGroup var series: SeriesOptions
    @OptionGroup var terminal: TerminalOptions

    func run() throws {
      let all = try series.resolutions().all
      if terminal.json {
        Output.standard.write(try ResolutionsDocument(all).json)
        return
      }
      var table = Table(["resolution", "state", "made for"])
      for resolution in all {
        table.add([
          String(resolution.id.prefix(12)), resolution.isConfirmed ? "confirmed" : "not booted yet",
          resolution.madeFor ?? "written by git rerere",
        ])
      }
      for line in table.lines() { Output.standard.line(line) }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show how a conflict was settled.",
      discussion: """
        Example: xip-rebase resolutions show 3f2a90
        """)

    @Argument(help: "The first digits of its name.")
    var resolution: String

    @OptionGroup var series: SeriesOptions

    func run() throws {
      for found in try series.resolutions().named(resolution) {
        Output.standard.write(try found.difference)
      }
    }
  }

  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "forget",
      abstract: "Forget how a conflict was settled.",
      discussion: """
        Example: xip-rebase resolutions forget 3f2a90
        """)

    @Argument(help: "The first digits of its name.")
    var resolution: String

    @OptionGroup var series: SeriesOptions

    func run() throws {
      for id in try series.resolutions().forget(resolution) { Output.standard.line("forgot \(id)") }
    }
  }
}

extension SeriesOptions {
  fileprivate func resolutions() throws -> Resolutions {
    try Resolutions(in: directory(.containingCurrentDirectory()).appending("resolutions"))
  }
}
