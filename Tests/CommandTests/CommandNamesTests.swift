import ArgumentParser
import Testing

@testable import xip_rebase

/// The parser makes a name of the type where none is given, for each command at every start; it takes a millisecond.
@Test func everyCommandNamesItself() {
  func unnamed(_ command: any ParsableCommand.Type) -> [String] {
    let configuration = command.configuration
    return (configuration.commandName == nil ? ["\(command)"] : [])
      + configuration.subcommands.flatMap { unnamed($0) }
  }
  #expect(unnamed(XIPRebase.self) == [])
}
