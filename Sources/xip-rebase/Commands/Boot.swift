import ArgumentParser
import Host
import KernelTrees
import Reports
import VersionMatrix
import XIPKernel

/// Boots what was built.
struct Boot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot",
    abstract: "Boot what was built, and judge how it went.",
    discussion: """
      Example: xip-rebase boot
      Example: xip-rebase boot --interactive
      Example: xip-rebase boot --prove
      """)

  @Argument(help: "A directory that `onto` built, or a vmlinux in one. Default: what was built last.")
  var path: String?

  @Flag(help: "Hand the kernel's console to this terminal; Ctrl-A X ends QEMU.")
  var interactive = false

  @Flag(help: "Watch all it does, and prove that it executes in place.")
  var prove = false

  @Flag(help: "Look for the least RAM in which the kernel and its twin still start their first process.")
  var smallestMemory = false

  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let (files, kind) = try BuiltKernel.find(path, in: store.cache())
    let machine = try await Machine.find(try ELFFile(reading: files.vmlinux(kind)).byteOrder)
    if interactive { try machine.becomeInteractive(kind, in: files) }
    let display = terminal.display()
    defer { display.clear() }
    if prove { return try await proofs(files, on: machine, display) }
    if smallestMemory { return try await smallestMemory(files, on: machine, display) }
    display.progress(.began("booting \(files.vmlinux(kind))"))
    let report = try await machine.boot(kind, in: files, progress: display.progress)
    display.clear()
    guard case .failed(let reason) = report.verdict else {
      Output.standard.line("\(terminal.style("pass", .green))  \(report.memory?.text ?? "")")
      return
    }
    Output.standard.line("\(terminal.style("fail", .red))  \(reason); the console is \(files.console(kind))")
    throw ExitCode(Blame.version.exitCode)
  }

  func validate() throws {
    guard [interactive, prove, smallestMemory].count(where: { $0 }) < 2 else {
      throw ValidationError("--interactive, --prove and --smallest-memory exclude each other")
    }
  }

  private func proofs(
    _ files: KernelFiles, on machine: Machine, _ display: ProgressDisplay
  ) async throws {
    let findings = try await machine.findings(in: files, progress: display.progress)
    display.clear()
    if terminal.json {
      Output.standard.write(try ProofsDocument(findings).json)
    } else {
      for line in ProofsTable(findings).table.lines(decorate: { row, _, text in
        row == nil ? terminal.style(text, .bold) : text
      }) {
        Output.standard.line(line)
      }
    }
    if (try? findings.check()) == nil { throw ExitCode(Blame.version.exitCode) }
  }

  private func smallestMemory(
    _ files: KernelFiles, on machine: Machine, _ display: ProgressDisplay
  ) async throws {
    display.progress(.began("looking for the least RAM"))
    let memory = try await machine.smallestMemory(in: files, progress: display.progress)
    display.clear()
    Output.standard.line(ProofsTable.text(memory))
    if !memory.isEnough { throw ExitCode(Blame.version.exitCode) }
  }
}
