import Versions

extension Version {
  /// Reads the version that the kernel's top makefile assigns to `VERSION`, `PATCHLEVEL`, `SUBLEVEL` and
  /// `EXTRAVERSION`; returns nil when the first two are missing.
  init?(makefile: [UInt8]) {
    var fields: [Substring: Substring] = [:]
    // The assignments stand within the first lines.
    for line in String(decoding: makefile.prefix(4096), as: UTF8.self).split(separator: "\n").prefix(20) {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      if words.count >= 2, words[1] == "=" { fields[words[0]] = words.count > 2 ? words[2] : "" }
    }
    guard let major = fields["VERSION"], let minor = fields["PATCHLEVEL"] else { return nil }
    let patch = fields["SUBLEVEL"] ?? "0"
    let extra = fields["EXTRAVERSION"] ?? ""
    self.init(extra.isEmpty ? "\(major).\(minor).\(patch)" : "\(major).\(minor)\(extra)")
  }
}
