import Host

/// One machine's share of the matrix: the I-th of N.
///
/// A cell's share is decided by the SHA-256 over its release's tag and its toolchain's name. Its whole content key would not
/// do: that has in it what machines may have in different versions, and of a release that was not fetched yet it is not
/// known. So each cell keeps its share whatever else is listed, and the shares of N machines are everything, without overlap.
public struct Shard: Hashable, Sendable {
  /// Which one, from 1.
  public let number: Int
  /// Of how many.
  public let count: Int

  /// Makes the share `number` of `count`; returns nil unless 1 ≤ `number` ≤ `count`.
  public init?(_ number: Int, of count: Int) {
    guard count >= 1, (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  /// Reads `2/3`; returns nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(number, of: count)
  }

  /// Returns whether the cell of the release `tag` and `toolchain` is in it.
  public func contains(_ tag: String, toolchain: String) -> Bool {
    let digest = SHA256.hex(of: Array("\(tag) \(toolchain)".utf8))
    guard let value = UInt64(digest.prefix(15), radix: 16) else {
      preconditionFailure("a digest is hexadecimal")
    }
    return Int(value % UInt64(count)) == number - 1
  }
}
