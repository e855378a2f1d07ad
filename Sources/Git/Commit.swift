/// What a commit says.
public struct Commit: Hashable, Sendable {
  /// The tree of the whole content.
  public var tree: ObjectID
  /// The commits it follows.
  public var parents: [ObjectID]
  /// Who wrote the change.
  public var author: Signature
  /// Who made the commit.
  public var committer: Signature
  /// The message, up to and with its last line feed.
  public var message: [UInt8]

  /// Makes a commit.
  public init(
    tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: [UInt8]
  ) {
    self.tree = tree
    self.parents = parents
    self.author = author
    self.committer = committer
    self.message = message
  }

  /// The content of its object.
  var content: [UInt8] {
    var content = Array("tree \(tree)\n".utf8)
    for parent in parents { content += "parent \(parent)\n".utf8 }
    content += "author ".utf8 + author.line + "\ncommitter ".utf8 + committer.line + "\n".utf8
    return content + "\n".utf8 + message
  }

  /// Reads the content of a commit object; returns nil when it is not well formed.
  init?(content: [UInt8]) {
    var tree: ObjectID?
    var parents: [ObjectID] = []
    var author: Signature?
    var committer: Signature?
    var rest = content[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")), end > rest.startIndex {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { continue }
      let value = line[(space + 1)...]
      switch String(decoding: line[..<space], as: UTF8.self) {
      case "tree": tree = ObjectID(String(decoding: value, as: UTF8.self))
      case "parent": ObjectID(String(decoding: value, as: UTF8.self)).map { parents.append($0) }
      case "author": author = Signature(line: value)
      case "committer": committer = Signature(line: value)
      default: break
      }
    }
    guard let tree, let author, let committer else { return nil }
    self.init(
      tree: tree, parents: parents, author: author, committer: committer, message: Array(rest.dropFirst()))
  }
}
