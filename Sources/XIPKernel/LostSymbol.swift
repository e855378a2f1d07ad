/// A symbol whose value in the final configuration is not the one asked for.
public struct LostSymbol: Hashable, Codable, Sendable {
  /// The symbol without `CONFIG_`.
  public let symbol: String
  /// The value that a fragment asks for.
  public let requested: String
  /// The value in the final configuration, or nil when it is not mentioned there.
  public let got: String?
  /// The file that asks for it.
  public let source: String
}

extension LostSymbol: CustomStringConvertible {
  /// The symbol, both values, and the file that asks.
  public var description: String {
    let outcome =
      got.map { "got \($0)" } ?? "not in the result: the tree has no such symbol, or a dependency is off"
    return "CONFIG_\(symbol): \(source) asks for \(requested), \(outcome)"
  }
}
