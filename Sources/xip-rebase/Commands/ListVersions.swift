import ArgumentParser
import Host
import KernelTrees
import Reports
import VersionMatrix
import Versions

/// Lists the versions that are on record, stored, or to be had.
struct ListVersions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "List the versions that are on record, in the store, or to be had from a source.")

  @Flag(help: "Ask no source: only what is on record and in the store.")
  var offline = false

  @Flag(help: "Only what can be had and is not listed yet.")
  var available = false

  @Option(parsing: .upToNextOption, help: "List these versions on record, for matrix to run.")
  var add: [Version] = []

  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let file = try Project.containingCurrentDirectory().record
    try Record.change(file) { record in
      for version in add { record.list(version) }
    }
    if !add.isEmpty { return }
    let record = try Record.load(file)
    let display = terminal.display()
    defer { display.clear() }
    display.progress(.began("asking what can be had"))
    let sources = offline ? TreeSources([]) : try store.sources()
    let availability = await sources.available(in: try await store.store(), progress: display.progress)
    display.clear()
    let listed = Set(record.versions)
    let shown =
      available ? Set(availability.versions).subtracting(listed) : Set(availability.versions).union(listed)
    let rows = shown.sorted().map { version in
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
}
