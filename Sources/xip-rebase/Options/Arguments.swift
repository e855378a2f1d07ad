// The project's values as arguments of the command line.

public import ArgumentParser
public import VersionMatrix
public import Versions
public import XIPKernel

extension Version: ExpressibleByArgument {
  /// Reads a release as a person types it.
  public init?(argument: String) {
    self.init(argument)
  }

  /// The tag, as help texts show a default.
  public var defaultValueDescription: String { tag }
}

extension VersionRange: ExpressibleByArgument {
  /// Reads a release or a range of releases as a person types it.
  public init?(argument: String) {
    self.init(argument)
  }
}

extension Rung: ExpressibleByArgument {}
extension ByteOrder: ExpressibleByArgument {}
extension Compiler: ExpressibleByArgument {}
extension Style.Choice: ExpressibleByArgument {}
