internal import Git
internal import Host

/// What somebody has to decide that is about no lines: a whole file, or whether a patch is to be there at all.
///
/// It is the same question only where all that it is about is the same, byte for byte.
struct LargeQuestion {
  /// The question in words, which is what it is known by.
  let text: [UInt8]

  /// How a question about a patch begins.
  static let leftOut = "left out\n"

  /// What shall become of a file that the sides do not agree on.
  init(about file: MarkedFile) {
    var text = Array("whole file\n".utf8) + file.path.bytes + "\n".utf8
    for (side, entry) in [("base", file.base), ("target", file.ours), ("patch", file.theirs)] {
      text += "\(side) \(entry.map { "\($0.mode.digits) \($0.id)" } ?? "nothing")\n".utf8
    }
    self.text = text
  }

  /// Whether the patch shall be left out of the target with this tree.
  init(leavingOut patch: Patch, of tree: ObjectID) {
    text = Array("\(Self.leftOut)patch \(SHA256.hex(of: patch.original))\ntarget \(tree)\n".utf8)
  }

  /// Its name among the resolutions: 40 hexadecimal digits.
  var id: String { SHA1.hex(of: text) }
}
