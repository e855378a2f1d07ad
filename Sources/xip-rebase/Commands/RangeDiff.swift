import ArgumentParser
import PatchStack
import Reports
import VersionMatrix
import Versions

/// Tells how the series differs between two versions.
struct RangeDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "range-diff",
    abstract: "Tell how the series differs between two versions, patch by patch.",
    discussion: """
      Example: xip-rebase range-diff v6.12.38 v6.18.15
      """)

  @Argument(help: "A stored release, or latest.", completion: .storedVersions)
  var first: VersionSelector

  @Argument(help: "Another one.", completion: .storedVersions)
  var second: VersionSelector

  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() throws {
    Interruption.endAtOnce()
    let project = try Project.containingCurrentDirectory()
    let variants = try series.variants(project)
    let path = try store.repository()
    let forms = try [first, second].map { selector in
      let version = try store.storedVersion(selector)
      var rebaser = try Rebaser(variants.series(for: version), repository: path)
      guard let refreshed = try rebaser.refresh(onto: version.tag) else {
        throw Conflicted(try rebaser.rebase(onto: version.tag))
      }
      return refreshed
    }
    let document = RangeDiffDocument(try PatchDifference.between(forms[0], forms[1]))
    if terminal.json {
      Output.standard.write(try document.json)
    } else {
      print(document.patches)
    }
  }

  private func print(_ patches: [PatchDifference]) {
    let style = terminal.style
    for (index, patch) in patches.enumerated() {
      let number = index + 1
      let name = patch.oldName.map { "\(patch.name) (was \($0))" } ?? patch.name
      switch patch.kind {
      case .same: Output.standard.line("\(number): = \(name)")
      case .changed: Output.standard.line(style("\(number): ! \(name)", .yellow))
      case .left: Output.standard.line(style("\(number): < \(name)", .red))
      case .right: Output.standard.line(style("\(number): > \(name)", .green))
      }
      for line in patch.lines {
        let colour: Style.Colour? =
          switch line.first {
          case "-": .red
          case "+": .green
          case "@": .dim
          default: nil
          }
        Output.standard.line("    " + (colour.map { style(line, $0) } ?? line))
      }
    }
  }
}
