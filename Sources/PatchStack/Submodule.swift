internal import Git

extension TreeEntry {
  /// What a patch sees of the entry: of a submodule the line that names its commit, else nil.
  var submoduleText: [UInt8]? {
    mode == .submodule ? Array("\(prefix)\(id)\n".utf8) : nil
  }

  /// Makes the entry of the submodule that `text` names, or nil when it names none.
  init?(submoduleText text: [UInt8]) {
    let line = String(decoding: text, as: UTF8.self)
    guard line.hasPrefix(prefix), line.hasSuffix("\n"),
      let id = ObjectID(line.dropFirst(prefix.count).dropLast())
    else { return nil }
    self.init(.submodule, id)
  }
}

private let prefix = "Subproject commit "
