import Host
import SystemPackage

/// The SHA-256 over everything that a result depends on: two results of one key may stand for each other.
struct ContentKey {
  /// 64 hexadecimal digits.
  let hex: String

  /// Raised when the tool judges the same kernel otherwise than before.
  static let judgement = 3

  /// Makes the key of a rebased version from its trees, its series, its toolchain and the project's own files.
  ///
  /// The release's own tree and the series decide the tree with the series on it; they are in the key so that what is on
  /// record can be held against a series without carrying it.
  init(_ result: VersionResult, _ project: Project) throws(FileFailure) {
    var lines = [
      "judgement \(Self.judgement)", "base \(result.base ?? "")", "series \(result.series)",
      "tree \(result.tree ?? "")", "toolchain \(result.compiler ?? "")", "qemu \(result.qemu ?? "")",
    ]
    for directory in [project.shim, project.userspace, project.configuration] {
      // Texts for people decide nothing, nor does what lies deeper: the test module is no part of a climb.
      for name in try Files.list(directory) where !name.hasSuffix(".md") {
        let path = directory.appending(name)
        if Files.isDirectory(path) { continue }
        let content = try Files.read(path)
        lines.append("\(name) \(SHA256.hex(of: content))")
      }
    }
    hex = SHA256.hex(of: Array(lines.joined(separator: "\n").utf8))
  }
}
