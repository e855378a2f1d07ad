import ArgumentParser
import Host
import KernelTrees
import Reports
import SystemPackage
import VersionMatrix
import Versions

/// Lists the versions that are on record, stored, or to be had.
struct ListVersions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "List the versions that are on record, in the store, or to be had from a source.",
    discussion: """
      --add lists versions on record, for matrix to run; what selects more than one selects among those that can be had.

      Example: xip-rebase versions --offline
      Example: xip-rebase versions lts --offline
      Example: xip-rebase versions --available 'v6.12..'
      Example: xip-rebase versions --add v6.12.107 v6.18.15
      """)

  @Argument(
    help: "Only these: releases, ranges such as v6.6..v6.12, lines as 6.12.*, lts, latest. Default: all.",
    completion: .listedVersions)
  var ranges: [VersionSelector] = []

  @Flag(help: "Ask no source: only what is on record and in the store.")
  var offline = false

  @Flag(help: "Only what can be had and is not listed yet.")
  var available = false

  @Option(
    parsing: .upToNextOption, help: "List these versions on record, for matrix to run.",
    completion: .listedVersions)
  var add: [VersionSelector] = []

  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let file = try Project.containingCurrentDirectory().record
    let record = try Record.load(file)
    let display = terminal.display()
    defer { display.clear() }
    if !add.isEmpty, add.allSatisfy({ $0.single != nil }) { return try list([], in: file) }
    display.progress(.began("asking what can be had"))
    let sources = offline ? TreeSources([]) : try store.sources()
    let availability = await sources.available(in: try await store.store(), progress: display.progress)
    display.clear()
    if !add.isEmpty { return try list(availability.versions, in: file) }
    let listed = Set(record.versions)
    let shown =
      available ? Set(availability.versions).subtracting(listed) : Set(availability.versions).union(listed)
    let pool = shown.sorted()
    let wanted =
      ranges.isEmpty
      ? pool : try ranges.versions(from: pool, place: "here").filter(shown.contains).sorted()
    let rows = wanted.map { version in
      VersionsDocument.Row(
        version: version.tag, isListed: listed.contains(version),
        sources: availability.sources[version] ?? [])
    }
    if terminal.json {
      Output.standard.write(try VersionsDocument(rows).json)
    } else {
      var table = Table(["version", "listed", "in"])
      for row in rows {
        table.add([row.version, row.isListed ? "yes" : "", row.sources.joined(separator: ", ")])
      }
      for line in table.lines() { Output.standard.line(line) }
    }
    for failure in availability.failures {
      Output.error.line("xip-rebase: \(failure.source): \(failure.reason)")
    }
  }

  /// Lists on record what `--add` selects of `available`.
  private func list(_ available: [Version], in file: FilePath) throws {
    let new = try add.versionsToList(Record.load(file), among: available)
    try Record.change(file) { record in
      for version in new { record.list(version) }
    }
  }
}
