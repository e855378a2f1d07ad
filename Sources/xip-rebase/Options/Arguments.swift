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

extension VersionSelector: ExpressibleByArgument {
  /// Reads a release, a range, a line, `lts` or `latest` as a person types it.
  public init?(argument: String) {
    self.init(argument)
  }
}

extension [VersionSelector] {
  /// Returns the releases that are meant, as ``selected(from:place:)`` does; that none is there is the user's mistake.
  func versions(from listed: [Version], place: String) throws -> [Version] {
    do {
      return try selected(from: listed, place: place)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// Returns those that `record` does not list of what can be had, as ``Record/newVersions(among:_:)`` does.
  func versionsToList(_ record: Record, among available: [Version]) throws -> [Version] {
    do {
      return try record.newVersions(among: available, self)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// Returns the releases that are meant of those on record, which is read only where that matters.
  func versionsOnRecord() throws -> [Version] {
    if allSatisfy({ $0.single != nil }) { return try versions(from: [], place: "listed") }
    return try versions(
      from: Record.load(Project.containingCurrentDirectory().record).versions, place: "listed")
  }
}

extension VersionSelector {
  /// Returns the one release that is meant.
  func version(from listed: () throws -> [Version], place: String) throws -> Version {
    if let single { return single }
    let selected = try [self].versions(from: try listed(), place: place)
    guard let version = selected.first, selected.count == 1 else {
      throw ValidationError(
        "\(self) selects more than one version; name one: \(selected.map(\.tag).joined(separator: ", "))")
    }
    return version
  }
}

extension Shard: ExpressibleByArgument {
  /// Reads `2/3`.
  public init?(argument: String) {
    self.init(argument)
  }
}

extension Rung: ExpressibleByArgument {}
extension ByteOrder: ExpressibleByArgument {}
extension Compiler: ExpressibleByArgument {}
extension Style.Choice: ExpressibleByArgument {}
