import ArgumentParser

@main
struct XIPRebase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xip-rebase",
    abstract: "Carries the MIPS XIP series to any stable kernel and proves that the result executes in place."
  )
}
