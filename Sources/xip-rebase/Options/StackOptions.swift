import ArgumentParser
import Host
import PatchStack
import Reports
import SystemPackage
import VersionMatrix

/// The stack that everyday work is done on, and how it is told what came of it.
struct StackOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Work on this variant of the series, a directory that variants.list names. Default: the series itself.",
      valueName: "dir"))
  var variant: String?

  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions

  /// The stack, to be changed; outside a checkout `--series` names it.
  func work() throws -> StackWork {
    try StackWork(on: directory(), variant: variant, base: series.base, repository: store.repository())
  }

  /// The stack, to be read: a mailbox will do too.
  func reading() throws -> (series: Series, repository: FilePath) {
    let directory = try directory()
    guard let variant else {
      return (try Series.load(directory, base: series.base), try store.repository())
    }
    return (try Series.load(directory, variant: variant), try store.repository())
  }

  private func directory() throws -> FilePath {
    if let named = series.series { return FilePath(named) }
    return try Project.containingCurrentDirectory().series
  }
}

/// A change of the stack: whether to make it, and how to tell of it.
struct ChangeOptions: ParsableArguments {
  @Flag(name: [.customShort("n"), .long], help: "Tell what would come of it, and write nothing.")
  var dryRun = false

  @OptionGroup var stack: StackOptions
  @OptionGroup var terminal: TerminalOptions

  func work() throws -> StackWork {
    var work = try stack.work()
    work.isDryRun = dryRun
    return work
  }

  func tell(_ change: StackChange) throws {
    try terminal.tell(change, isDryRun: dryRun)
  }
}

extension TerminalOptions {
  /// Prints what a change of the stack came to.
  func tell(_ change: StackChange, isDryRun: Bool = false) throws {
    if json {
      Output.standard.write(try StackChangeDocument(change).json)
      return
    }
    if change.files.isEmpty {
      Output.standard.line("nothing to change")
      return
    }
    for patch in change.patches where patch.outcome != .unchanged || patch.detail != nil {
      let detail = patch.detail.map { "  \($0)" } ?? ""
      Output.standard.line(
        "\(style(patch.outcome == .unchanged ? "" : patch.outcome.rawValue + "  ", .yellow))\(patch.name)\(detail)"
      )
    }
    for file in change.files {
      let sign =
        switch file.kind {
        case .added: style("+", .green)
        case .changed: style("!", .yellow)
        case .removed: style("-", .red)
        }
      Output.standard.line("\(sign) \(file.path)")
    }
    for note in change.notes { Output.standard.line(note) }
    if let number = change.number {
      Output.standard.line("change \(number): \(change.command)")
    } else if isDryRun {
      Output.standard.line("nothing was written")
    }
  }
}

/// Where in the stack something goes.
struct PlaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("In front of this patch.", valueName: "patch"), completion: .patches)
  var before: String?

  @Option(help: ArgumentHelp("Behind this patch.", valueName: "patch"), completion: .patches)
  var after: String?

  @Flag(help: "At the start of the stack.")
  var first = false

  @Flag(help: "At the end of the stack.")
  var last = false

  /// The place, or nil when none is named.
  var place: StackWork.Place? {
    if let before { return .before(before) }
    if let after { return .after(after) }
    return first ? .first : last ? .last : nil
  }

  func validate() throws {
    guard [before != nil, after != nil, first, last].count(where: \.self) <= 1 else {
      throw ValidationError("--before, --after, --first and --last exclude each other")
    }
  }
}

/// Returns what the user hands in as a file, or on standard input for `-`.
func input(_ name: String) throws -> StackWork.Input {
  if name == "-" { return StackWork.Input(try Files.read("/dev/stdin"), from: "standard input") }
  return StackWork.Input(try Files.read(FilePath(name)), from: FilePath(name))
}
