import ArgumentParser
import Host
import KernelTrees
import Reports
import Versions

/// Brings versions into the store.
struct Fetch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Bring these versions into the store.",
    discussion: """
      Example: xip-rebase fetch v6.12.107 v6.18.15
      """)

  @Argument(
    help: "Releases such as v6.12.107; of those listed also ranges, lines as 6.12.*, lts and latest.",
    completion: .listedVersions)
  var versions: [VersionSelector]

  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let versions = try versions.versionsOnRecord()
    let trees = try await store.store()
    let sources = try store.sources()
    let display = terminal.display()
    defer { display.clear() }
    var fetched: [StoredTree] = []
    for version in versions {
      display.progress(.began("\(version.tag)  fetching"))
      let tree = try await sources.fetch(version, into: trees, progress: display.progress)
      display.clear()
      fetched.append(tree)
      if terminal.json { continue }
      let source = tree.provenance?.source ?? "repository"
      Output.standard.line("\(tree.tag)  \(tree.commit)  \(source)  \(tree.verification.rawValue)")
    }
    if terminal.json { Output.standard.write(try FetchDocument(fetched).json) }
  }
}
