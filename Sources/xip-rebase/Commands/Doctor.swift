import ArgumentParser
import Host
import Reports
import VersionMatrix

/// Tells what is missing on this machine, and the one command that installs it.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Tell what is missing on this machine and the one command that installs it.",
    discussion: """
      Example: xip-rebase doctor
      """)

  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let list = try RequiredPackages(Project.containingCurrentDirectory().packages)
    var found: [(package: RequiredPackages.Package, isInstalled: Bool)] = []
    for package in list.packages { found.append((package, await package.isInstalled())) }
    let missing = found.filter { !$0.isInstalled }.map(\.package)
    let names = missing.map(\.name).joined(separator: " ")
    let hasApt = Command("apt-get").resolved() != nil
    let command =
      missing.isEmpty || !hasApt
      ? nil : "\(isRoot ? "" : "sudo ")apt-get install --no-install-recommends \(names)"
    if terminal.json {
      Output.standard.write(try DoctorDocument(found, command: command).json)
      if !missing.isEmpty { throw ExitCode(Blame.infrastructure.exitCode) }
      return
    }
    var table = Table(["", "package", "shown by", "for"])
    for (package, isInstalled) in found {
      table.add([isInstalled ? "ok" : "missing", package.name, package.probe, package.purpose])
    }
    let style = terminal.style
    for line in table.lines(decorate: { row, column, text in
      guard let row, column == 0 else { return row == nil ? style(text, .bold) : text }
      return style(text, found[row].isInstalled ? .green : .red)
    }) {
      Output.standard.line(line)
    }
    let confinement =
      switch await Confinement.find() {
      case .bubblewrap: "kernels are built without network, with only their own directories writable"
      case .none(let reason): "kernels are built with your network and your files: \(reason)"
      }
    Output.standard.line("\n\(confinement)")
    guard !missing.isEmpty else {
      Output.standard.line("\nnothing is missing")
      return
    }
    if let command {
      Output.standard.line("\n\(command)")
    } else {
      let probes = missing.map(\.probe).joined(separator: ", ")
      Output.standard.line("\nthis system has no apt-get; install what provides: \(probes)")
    }
    throw ExitCode(Blame.infrastructure.exitCode)
  }
}
