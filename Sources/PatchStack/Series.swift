internal import Host
public import SystemPackage

/// Patches in the order they apply, and the tag they were made for.
public struct Series: Sendable {
  /// The directory it was read from.
  public let directory: FilePath
  /// The name of the variant this is, or nil for the series itself.
  public let variant: String?
  /// The tag of the tree that the first patch applies to.
  public let base: String
  /// The patches.
  public let patches: [Patch]
  /// The settled conflicts that travel with the series, in its directory `resolutions`.
  public let resolutions: Resolutions
  /// Names of patch files in the directory that the `series` file does not list.
  public let unlisted: [String]
  /// The SHA-256, in hexadecimal, over the SHA-256s of the patch files in order, each as hexadecimal and a line feed.
  ///
  /// It is KCIDB's `patchset_hash`: equal exactly when the same patches come in the same order.
  public let identity: String

  init(
    directory: FilePath, variant: String?, base: String, patches: [Patch], resolutions: Resolutions,
    unlisted: [String]
  ) {
    self.directory = directory
    self.variant = variant
    self.base = base
    self.patches = patches
    self.resolutions = resolutions
    self.unlisted = unlisted
    identity = SHA256.hex(of: patches.flatMap { Array((SHA256.hex(of: $0.original) + "\n").utf8) })
  }

  /// Reads a quilt directory: the file `series` in it, and each patch that it lists.
  ///
  /// A line of `series` is a patch's name, then what quilt allows: `-p0` to `-p9`, `-pab`, `-R`, a comment after `#`.
  /// A comment before the first patch that reads `# base: v6.12.38` names the base.
  ///
  /// A mailbox is taken for a series too: its messages in order, numbered, over the base that `base` names.
  ///
  /// - Parameters:
  ///   - directory: The quilt directory, or a mailbox.
  ///   - base: The base tag, in place of the one that the file names.
  /// - Returns: The series.
  /// - Throws: `PatchStackError` naming the file and the line that is wrong.
  public static func load(_ directory: FilePath, base: String? = nil) throws(PatchStackError) -> Series {
    if !Files.isDirectory(directory), Files.exists(directory) {
      return try load(mailbox: directory, base: base)
    }
    guard Files.isDirectory(directory) else { return try load(directory, variant: nil, base: base) }
    return try atRest(directory) { () throws(PatchStackError) in
      try load(directory, variant: nil, base: base)
    }
  }

  /// Reads the variant `name` of the series in `directory`, with the base that it names.
  ///
  /// - Parameters:
  ///   - directory: The directory of the series.
  ///   - name: The variant's directory inside that of the series, as the file `variants.list` has it.
  /// - Returns: The series in this form.
  /// - Throws: `PatchStackError` naming the file and the line that is wrong.
  public static func load(_ directory: FilePath, variant name: String) throws(PatchStackError) -> Series {
    try atRest(directory) { () throws(PatchStackError) in try load(directory, variant: name, base: nil) }
  }

  private static func load(mailbox: FilePath, base: String?) throws(PatchStackError) -> Series {
    guard let base else { throw .noBase(mailbox) }
    let directory = mailbox.removingLastComponent()
    var patches: [Patch] = []
    for (index, message) in Mailbox(try contents(of: mailbox)).messages.enumerated() {
      let number = String(index + 1)
      let name = String(repeating: "0", count: max(0, 4 - number.count)) + number
      var parser = PatchParser(Array(message), name: name, file: mailbox, strip: 1, isReversed: false)
      let patch = try parser.parse()
      patches.append(patch.named("\(name)-\(slug(of: patch.message.subject)).patch"))
    }
    return Series(
      directory: directory, variant: nil, base: base, patches: patches,
      resolutions: try Resolutions(in: directory.appending("resolutions")), unlisted: [])
  }

  /// Reads the series in `directory`, or one of its variants: what the variant's directory lacks is the series' own.
  static func load(
    _ directory: FilePath, variant: String?, base: String?
  ) throws(PatchStackError) -> Series {
    let own = variant.map { directory.appending($0) } ?? directory
    let list = own.appending("series")
    guard Files.exists(list) else {
      throw .malformed(own, line: nil, reason: "no file named series, which lists the patches in order")
    }
    var parser = SeriesFile(path: list)
    try parser.read(try contents(of: list))
    guard let base = base ?? parser.base else { throw .noBase(list) }
    var patches: [Patch] = []
    for entry in parser.entries {
      let places = [own.appending(entry.name), directory.appending(entry.name)]
      guard let file = places.first(where: { Files.exists($0) }) else {
        throw .malformed(list, line: entry.line, reason: "\(entry.name) is not there")
      }
      var patch = PatchParser(
        try contents(of: file), name: entry.name, file: file, strip: entry.strip, isReversed: entry.isReversed
      )
      patches.append(try patch.parse())
    }
    let listed = Set(parser.entries.map(\.name))
    return Series(
      directory: directory, variant: variant, base: base, patches: patches,
      resolutions: try Resolutions(in: directory.appending("resolutions")),
      unlisted: try patchNames(in: own).filter { !listed.contains($0) })
  }

  /// Returns the patch files in `directories` that none of the `series` files there lists; no patch is read.
  static func unlisted(in directories: [FilePath]) throws(PatchStackError) -> [FilePath] {
    var listed: Set<String> = []
    var found: [(name: String, file: FilePath)] = []
    for directory in directories {
      let list = directory.appending("series")
      guard Files.exists(list) else { continue }
      var parser = SeriesFile(path: list)
      try parser.read(try contents(of: list))
      listed.formUnion(parser.entries.map(\.name))
      found += try patchNames(in: directory).map { ($0, directory.appending($0)) }
    }
    return found.filter { !listed.contains($0.name) }.map(\.file)
  }
}

/// The name that `git format-patch` gives to the letter in front of the patches.
private let coverLetter = "0000-cover-letter.patch"

private func contents(of path: FilePath) throws(PatchStackError) -> [UInt8] {
  do { return try Files.read(path) } catch { throw .file(error) }
}

/// Returns the names in `directory` that patches have.
private func patchNames(in directory: FilePath) throws(PatchStackError) -> [String] {
  do {
    return try Files.list(directory).filter {
      ($0.hasSuffix(".patch") || $0.hasSuffix(".diff")) && $0 != coverLetter
    }
  } catch {
    throw .file(error)
  }
}

/// Returns the name that `git format-patch` makes of a subject.
private func slug(of subject: [UInt8]) -> String {
  var name = ""
  for character in String(decoding: subject, as: UTF8.self).unicodeScalars {
    let isKept = character.isASCII && (character.properties.isAlphabetic || ("0"..."9").contains(character))
    if isKept || character == "." || character == "_" {
      name.unicodeScalars.append(character)
    } else if !name.hasSuffix("-") {
      name += "-"
    }
  }
  let trimmed = name.drop { $0 == "-" }.prefix(52)
  return trimmed.last == "-" || trimmed.last == "." ? String(trimmed.dropLast()) : String(trimmed)
}

/// The lines of a `series` file.
private struct SeriesFile {
  struct Entry {
    let name: String
    let line: Int
    var strip = 1
    var isReversed = false
  }

  let path: FilePath
  var base: String?
  var entries: [Entry] = []

  mutating func read(_ content: [UInt8]) throws(PatchStackError) {
    for (index, range) in lineRanges(of: content).enumerated() {
      try read(String(decoding: content[range], as: UTF8.self), number: index + 1)
    }
  }

  private mutating func read(_ text: String, number: Int) throws(PatchStackError) {
    var line = text.drop(while: \.isWhitespace)
    if line.hasPrefix("#") {
      let comment = line.drop { $0 == "#" || $0.isWhitespace }
      if entries.isEmpty, base == nil, comment.hasPrefix("base:") {
        base = comment.dropFirst(5).split(whereSeparator: \.isWhitespace).first.map(String.init)
      }
      return
    }
    if let comment = line.range(of: " #") ?? line.range(of: "\t#") { line = line[..<comment.lowerBound] }
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let name = words.first else { return }
    guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      throw .malformed(path, line: number, reason: "\(name) is not inside the directory of the series")
    }
    guard !entries.contains(where: { $0.name == name }) else {
      throw .malformed(path, line: number, reason: "\(name) is listed twice")
    }
    var entry = Entry(name: name, line: number)
    for option in words.dropFirst() {
      switch option {
      case "-R": entry.isReversed = true
      case "-pab": entry.strip = 1
      case _ where option.hasPrefix("-p"):
        guard let strip = Int(option.dropFirst(2)), (0...9).contains(strip) else { fallthrough }
        entry.strip = strip
      default: throw .malformed(path, line: number, reason: "unknown option \(option) of \(name)")
      }
    }
    entries.append(entry)
  }
}

extension Substring {
  /// Returns where `text` first stands, by bytes.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
