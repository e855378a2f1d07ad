import ArgumentParser
import Host
import Reports
import SystemPackage

/// Writes the manual; `make man` runs it.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write the manual, a page for each command.",
    discussion: """
      Example: xip-rebase manual man
      """,
    shouldDisplay: false)

  @Argument(help: "Where the pages go.", completion: .directory)
  var directory: String

  @Option(help: "The date on the pages.")
  var date = "November 21, 2026"

  func run() throws {
    let directory = FilePath(directory)
    try Files.makeDirectory(directory)
    for (name, page) in try ManualPages(help: XIPRebase._dumpHelp(), date: date).pages {
      try Files.write(Array(page.utf8), to: directory.appending(name))
    }
  }
}
