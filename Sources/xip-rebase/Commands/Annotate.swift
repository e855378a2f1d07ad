import ArgumentParser
import PatchStack
import Reports

/// Tells which patch owns each line.
struct Annotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotate",
    abstract: "Tell which patch owns each line of a file that the stack changes.",
    discussion: """
      A line is owned by the last patch that wrote it. Prints the number of the patch, the number of the line and its \
      text, then the names of the patches.

      Example: xip-rebase annotate arch/mips/Kconfig
      """)

  @Argument(help: "The path of the file in the tree behind the stack.")
  var file: String

  @Flag(help: "Show the lines too that no patch changed.")
  var all = false

  @OptionGroup var stack: StackOptions
  @OptionGroup var terminal: TerminalOptions

  func run() throws {
    let work = try stack.reading()
    let annotation = try Annotation(of: file, in: work.series, repository: work.repository)
    let lines = annotation.lines.filter { all || $0.patch != nil }
    if terminal.json {
      Output.standard.write(try AnnotationDocument(annotation, lines: lines).json)
      return
    }
    for line in lines {
      Output.standard.write("\(line.patch.map(String.init) ?? "")\t\(line.number)\t")
      let feed: [UInt8] = line.text.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]
      Output.standard.write(line.text + feed)
    }
    if lines.isEmpty { Output.standard.line("the stack only removes lines from \(annotation.path)") }
    if !annotation.patches.isEmpty { Output.standard.line("") }
    for (number, name) in annotation.patches.sorted(by: { $0.key < $1.key }) {
      Output.standard.line(terminal.style("\(number)\t\(name)", .bold))
    }
  }
}
