/// The path of a file inside a tree: not empty, relative, `/` between names, and never outside the tree or in `.git`.
///
/// Paths are bytes: a tree need not name its files in UTF-8.
public struct TreePath: Hashable, Sendable {
  /// The bytes of the path.
  public let bytes: [UInt8]

  /// Makes a path of `bytes`; returns nil where a checkout of it would leave the tree or touch a repository.
  public init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    let names = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard names.allSatisfy(isHarmless) else { return nil }
    self.bytes = bytes
  }

  /// Makes a path of the UTF-8 of `text`, with the same refusals.
  public init?(_ text: some StringProtocol) {
    self.init(text.utf8)
  }

  init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The names from the top directory down to the file.
  public var names: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

  /// The last name.
  public var name: ArraySlice<UInt8> {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
  }

  /// The directory that holds the file, or nil at the top.
  public var parent: TreePath? {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { TreePath(unchecked: Array(bytes[..<$0])) }
  }

  /// Returns the path of `name` inside this directory.
  public func appending(_ name: some Sequence<UInt8>) -> TreePath {
    TreePath(unchecked: bytes + [UInt8(ascii: "/")] + name)
  }

  /// Returns whether this path lies below `directory`.
  public func isBelow(_ directory: TreePath) -> Bool {
    bytes.count > directory.bytes.count && bytes[directory.bytes.count] == UInt8(ascii: "/")
      && bytes.starts(with: directory.bytes)
  }
}

extension TreePath: Comparable {
  /// Returns whether `left` sorts before `right`, byte by byte.
  public static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension TreePath: CustomStringConvertible {
  /// The path for display; bytes that are not UTF-8 are replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

private func isHarmless(_ name: ArraySlice<UInt8>) -> Bool {
  if name.isEmpty || name.contains(0) { return false }
  if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return false }
  return !(name.count == 4 && name.elementsEqual(".git".utf8) { $0 | 0x20 == $1 | 0x20 })
}
