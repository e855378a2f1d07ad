import ArgumentParser
import Host
import KernelTrees
import VersionMatrix
import XIPKernel

/// Boots what was built.
struct Boot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Boot what was built, and judge how it went.")

  @Argument(help: "A directory that `onto` built, or a vmlinux in one. Default: what was built last.")
  var path: String?

  @Flag(help: "Hand the kernel's console to this terminal; Ctrl-A X ends QEMU.")
  var interactive = false

  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let (files, kind) = try BuiltKernel.find(path, in: store.cache())
    let machine = try await Machine.find(try ELFFile(reading: files.vmlinux(kind)).byteOrder)
    if interactive { try machine.becomeInteractive(kind, in: files) }
    let display = terminal.display()
    defer { display.clear() }
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
}
