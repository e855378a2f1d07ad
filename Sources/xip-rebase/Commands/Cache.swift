import ArgumentParser
import Host
import KernelTrees
import Reports
import SystemPackage
import VersionMatrix

/// Shows what the cache folder holds, and trims it.
struct Cache: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Show what the cache folder holds, or trim it: what was used longest ago goes first.",
    discussion: """
      Everything in it can be made again. What a job that runs needs stays, and so do the kernel trees without --trees.

      Example: xip-rebase cache
      Example: xip-rebase cache --trim 4G
      Example: xip-rebase cache --json
      """)

  @Option(help: ArgumentHelp("Remove parts until the rest takes no more: 500M, 4G, 0.", valueName: "size"))
  var trim: ByteCount?

  @Flag(help: "Let the stored kernel trees go, too, all at once, with --trim.")
  var trees = false

  @OptionGroup var terminal: TerminalOptions

  func validate() throws {
    guard trim != nil || !trees else { throw ValidationError("--trees is about --trim") }
  }

  func run() async throws {
    let cache = try StoreOptions().cache()
    var contents = try CacheContents(of: cache)
    var removed: [CacheContents.Part]?
    if let trim {
      let kinds = Set(CacheContents.Kind.allCases).subtracting(trees ? [] : [.trees])
      removed = try contents.trim(to: trim.bytes, kinds: kinds)
      contents = try CacheContents(of: cache)
    }
    let document = CacheDocument(contents, at: cache.path.string, removed: removed)
    if terminal.json { return Output.standard.write(try document.json) }
    for line in document.lines { Output.standard.line(line) }
    if let trim, contents.bytes > trim.bytes {
      Output.standard.line(
        "what is left is in use" + (trees ? "" : ", or kernel trees, which go with --trees only"))
    }
  }
}

/// A number of bytes as people write it: `500M`, `4G`, `0`; K, M, G and T are powers of 1024.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    var digits = argument[...]
    var shift = 0
    if let unit = digits.last, let index = "KMGT".firstIndex(of: Character(unit.uppercased())) {
      shift = 10 * (1 + "KMGT".distance(from: "KMGT".startIndex, to: index))
      digits = digits.dropLast()
    }
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
      number <= Int.max >> shift
    else { return nil }
    bytes = number << shift
  }
}
