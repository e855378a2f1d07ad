internal import Git
internal import SystemPackage

/// Reads one patch file: any mix of `diff -u`, `git diff` and mail around them.
///
/// Everything between the files' changes is prose and is not looked at, as in patch(1). Hunks are: a hunk whose
/// lines do not add up to its counts is an error, since what follows it would be taken for something else.
struct PatchParser {
  private let name: String
  private let file: FilePath
  private let original: [UInt8]
  private let content: [UInt8]
  private let strip: Int
  private let isReversed: Bool
  private let lines: [Range<Int>]
  private var next = 0

  init(_ content: [UInt8], name: String, file: FilePath, strip: Int, isReversed: Bool) {
    self.name = name
    self.file = file
    self.strip = strip
    self.isReversed = isReversed
    original = content
    self.content = withoutMailCarriageReturns(withoutMailEncoding(content))
    lines = lineRanges(of: self.content)
  }

  /// Returns the patch.
  mutating func parse() throws(PatchStackError) -> Patch {
    var changes: [FilePatch] = []
    var prologue: Range<Int>?
    var end = 0
    while next < lines.count {
      let start = next
      guard let change = try fileChange() else {
        next += 1
        continue
      }
      if prologue == nil { prologue = 0..<lines[start].lowerBound }
      changes.append(change)
      end = next < lines.count ? lines[next].lowerBound : content.count
    }
    let head = prologue ?? 0..<content.count
    return Patch(
      name: name, file: file, original: original, content: content,
      message: PatchMessage(prologue: content[head], patchName: name),
      changes: isReversed ? try reversed(changes) : changes,
      prologue: head, epilogue: max(end, head.upperBound)..<content.count, strip: strip,
      isReversed: isReversed)
  }

  /// Returns the change of the file whose header starts at the next line, or nil when none does.
  private mutating func fileChange() throws(PatchStackError) -> FilePatch? {
    if starts("diff --git ") { return try gitChange() }
    guard starts("--- "), starts("+++ ", at: next + 1), starts("@@ -", at: next + 2) else { return nil }
    let number = next
    let old = try plainName(at: next, after: 4)
    let new = try plainName(at: next + 1, after: 4)
    next += 2
    let header = span(number)
    let hunks = try self.hunks()
    let change: FilePatch.Change
    switch (old, new) {
    case (nil, nil): throw malformed(number, "both sides are /dev/null")
    case (nil, let new?): change = .create(new)
    case (let old?, nil): change = .delete(old)
    // The names of a plain diff tell two files apart, as in `f.c.orig` and `f.c`; the patch is to the second.
    case (_?, let new?): change = .modify(new)
    }
    return FilePatch(
      change: change, oldMode: nil, newMode: nil, oldID: nil, newID: nil, content: .text(hunks),
      number: number + 1,
      header: header, range: span(number))
  }

  /// Reads a change that starts with `diff --git`.
  private mutating func gitChange() throws(PatchStackError) -> FilePatch {
    let number = next
    var header = GitHeader()
    next += 1
    headers: while next < lines.count {
      let line = self.line(next)
      switch true {
      case starts("old mode "): header.oldMode = try mode(line.dropFirst(9))
      case starts("new mode "): header.newMode = try mode(line.dropFirst(9))
      case starts("deleted file mode "):
        header.oldMode = try mode(line.dropFirst(18))
        header.isDeleted = true
      case starts("new file mode "):
        header.newMode = try mode(line.dropFirst(14))
        header.isNew = true
      case starts("rename from "): header.from = try gitName(line.dropFirst(12), strip: strip - 1)
      case starts("rename to "): header.to = try gitName(line.dropFirst(10), strip: strip - 1)
      case starts("copy from "):
        header.from = try gitName(line.dropFirst(10), strip: strip - 1)
        header.isCopy = true
      case starts("copy to "): header.to = try gitName(line.dropFirst(8), strip: strip - 1)
      case starts("similarity index "), starts("dissimilarity index "): break
      case starts("index "): try header.readIndex(line.dropFirst(6), mode: mode)
      default: break headers
      }
      next += 1
    }
    var body = FilePatch.Content.text([])
    var headerSpan = span(number)
    if starts("--- "), starts("+++ ", at: next + 1) {
      header.oldName = try plainName(at: next, after: 4)
      header.newName = try plainName(at: next + 1, after: 4)
      next += 2
      headerSpan = span(number)
      body = .text(try hunks())
    } else if starts("GIT binary patch") {
      next += 1
      body = .binary(try binaryChange())
    } else if starts("Binary files ") {
      throw malformed(next, "a binary file without its content; make the patch with git diff --binary")
    }
    return FilePatch(
      change: try change(of: header, at: number), oldMode: header.oldMode, newMode: header.newMode,
      oldID: header.oldID, newID: header.newID, content: body, number: number + 1, header: headerSpan,
      range: span(number))
  }

  private func change(of header: GitHeader, at number: Int) throws(PatchStackError) -> FilePatch.Change {
    if let from = header.from, let to = header.to {
      return header.isCopy ? .copy(from: from, to: to) : .rename(from: from, to: to)
    }
    var named = header.newName ?? header.oldName
    if named == nil { named = try commonName(at: number) }
    guard let path = named else {
      throw malformed(number, "the names of the file differ, and no line tells of a rename")
    }
    if header.isNew { return .create(path) }
    if header.isDeleted { return .delete(path) }
    return .modify(path)
  }
}

/// The lines between `diff --git` and the first hunk.
private struct GitHeader {
  var oldMode: EntryMode?
  var newMode: EntryMode?
  var oldID: String?
  var newID: String?
  var oldName: TreePath?
  var newName: TreePath?
  var from: TreePath?
  var to: TreePath?
  var isNew = false
  var isDeleted = false
  var isCopy = false

  /// Reads `abc..def` and the mode that may follow.
  mutating func readIndex(
    _ line: ArraySlice<UInt8>, mode: (ArraySlice<UInt8>) throws(PatchStackError) -> EntryMode
  ) throws(PatchStackError) {
    let parts = line.split(separator: UInt8(ascii: " "))
    let ids = String(decoding: parts.first ?? [], as: UTF8.self).split(
      separator: "..", omittingEmptySubsequences: false)
    if ids.count == 2 {
      oldID = String(ids[0])
      newID = String(ids[1])
    }
    if parts.count == 2 {
      oldMode = try mode(parts[1])
      newMode = oldMode
    }
  }
}

// MARK: Hunks

extension PatchParser {
  private mutating func hunks() throws(PatchStackError) -> [Hunk] {
    var hunks: [Hunk] = []
    while starts("@@ -") { hunks.append(try hunk()) }
    if next < lines.count, !isSignature(next), let mark = content[lines[next]].first,
      mark == UInt8(ascii: "+") || mark == UInt8(ascii: "-") || mark == UInt8(ascii: " "),
      !(starts("--- ") && starts("+++ ", at: next + 1))
    {
      throw malformed(next, "the hunk above ends by its counts, but its lines go on")
    }
    return hunks
  }

  private mutating func hunk() throws(PatchStackError) -> Hunk {
    let number = next
    guard let header = HunkHeader(line(next)) else { throw malformed(next, "malformed hunk header") }
    next += 1
    var lines: [Hunk.Line] = []
    var old = header.oldCount
    var new = header.newCount
    // A line without its line feed ends the file.
    var oldEnds = false
    var newEnds = false
    while old > 0 || new > 0 {
      guard next < self.lines.count else {
        throw malformed(number, "the patch ends \(max(old, new)) lines before its last hunk does")
      }
      let whole = content[self.lines[next].lowerBound..<lineEnd(next)]
      let role: Hunk.Role
      var text = whole.dropFirst()
      switch whole.first {
      case UInt8(ascii: " "): role = .context
      case UInt8(ascii: "-"): role = .removed
      case UInt8(ascii: "+"): role = .added
      case _ where whole.elementsEqual("\n".utf8) || whole.elementsEqual("\r\n".utf8):
        // Mailers strip the space of an empty context line.
        role = .context
        text = whole
      default: throw malformed(next, "the hunk at line \(number + 1) counts more lines than it has")
      }
      if role != .added { old -= 1 }
      if role != .removed { new -= 1 }
      guard old >= 0, new >= 0 else {
        throw malformed(next, "the hunk at line \(number + 1) has more lines of this kind than it counts")
      }
      guard !(oldEnds && role != .added), !(newEnds && role != .removed) else {
        throw malformed(next, "a line behind the one that ends its file without a line feed")
      }
      guard whole.last == UInt8(ascii: "\n") else {
        throw malformed(next, "the patch ends in the middle of a line")
      }
      next += 1
      if starts("\\ ") {
        if text.last == UInt8(ascii: "\n") { text = text.dropLast() }
        if role != .added { oldEnds = true }
        if role != .removed { newEnds = true }
        next += 1
      }
      lines.append(Hunk.Line(role: role, text: text))
    }
    if header.oldCount > 0 && header.oldStart == 0 || header.newCount > 0 && header.newStart == 0 {
      throw malformed(number, "lines are counted from 1")
    }
    return Hunk(
      oldStart: header.oldStart, newStart: header.newStart, section: header.section, lines: lines,
      number: number + 1)
  }

  /// A mail ends in `-- ` and the sender's signature, which would read as a removed line.
  private func isSignature(_ index: Int) -> Bool {
    let line = content[lines[index]]
    return line.elementsEqual("-- ".utf8) || line.elementsEqual("--".utf8) || line.elementsEqual("---".utf8)
  }
}

/// The numbers of `@@ -1,7 +1,9 @@ section`.
private struct HunkHeader {
  let oldStart: Int
  let oldCount: Int
  let newStart: Int
  let newCount: Int
  let section: ArraySlice<UInt8>

  init?(_ line: ArraySlice<UInt8>) {
    var rest = line
    func skip(_ text: String) -> Bool {
      guard rest.starts(with: text.utf8) else { return false }
      rest = rest.dropFirst(text.utf8.count)
      return true
    }
    func number() -> Int? {
      let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard (1...9).contains(digits.count) else { return nil }
      rest = rest.dropFirst(digits.count)
      return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    func range() -> (Int, Int)? {
      guard let start = number() else { return nil }
      guard skip(",") else { return (start, 1) }
      return number().map { (start, $0) }
    }
    guard skip("@@ -"), let old = range(), skip(" +"), let new = range(), skip(" @@") else { return nil }
    (oldStart, oldCount) = old
    (newStart, newCount) = new
    _ = skip(" ")
    section = rest
  }
}

// MARK: Binary

extension PatchParser {
  private mutating func binaryChange() throws(PatchStackError) -> BinaryChange {
    let number = next
    guard let forward = try binaryData() else { throw malformed(number, "malformed binary patch") }
    return BinaryChange(forward: forward, backward: try binaryData())
  }

  private mutating func binaryData() throws(PatchStackError) -> BinaryChange.Data? {
    guard starts("literal ") || starts("delta ") else { return nil }
    let number = next
    let isLiteral = starts("literal ")
    let digits = String(decoding: line(next).dropFirst(isLiteral ? 8 : 6), as: UTF8.self)
    guard let size = Int(digits), size >= 0 else { throw malformed(number, "malformed length") }
    next += 1
    var stream: [UInt8] = []
    while next < lines.count, !line(next).isEmpty {
      guard let piece = base85(line(next)) else { throw malformed(next, "malformed base85") }
      stream += piece
      next += 1
    }
    if next < lines.count { next += 1 }
    guard let data = inflated(stream, length: size) else {
      throw malformed(number, "the binary data does not unpack to \(size) bytes")
    }
    return isLiteral ? .literal(data) : .delta(data)
  }

  /// Returns the bytes of one line: a letter for their count, then five digits for every four of them.
  private func base85(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let first = line.first else { return nil }
    let count: Int
    switch first {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): count = Int(first) - 64
    case UInt8(ascii: "a")...UInt8(ascii: "z"): count = Int(first) - 96 + 26
    default: return nil
    }
    var bytes: [UInt8] = []
    var rest = line.dropFirst()
    guard rest.count == (count + 3) / 4 * 5 else { return nil }
    while !rest.isEmpty {
      var word: UInt64 = 0
      for digit in rest.prefix(5) {
        guard let value = base85Digits.firstIndex(of: digit) else { return nil }
        word = word * 85 + UInt64(value)
      }
      guard word <= UInt64(UInt32.max) else { return nil }
      withUnsafeBytes(of: UInt32(word).bigEndian) { bytes.append(contentsOf: $0) }
      rest = rest.dropFirst(5)
    }
    return bytes[..<count]
  }
}

/// The digits of git's base85, by their values.
let base85Digits = Array(
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~".utf8)

// MARK: Names

extension PatchParser {
  /// Returns the name on a `---` or `+++` line, or nil for `/dev/null`.
  private func plainName(at index: Int, after prefix: Int) throws(PatchStackError) -> TreePath? {
    var name = line(index).dropFirst(prefix)
    if name.first == UInt8(ascii: "\"") {
      return try path(try unquoted(name, at: index).name[...], strip: strip, at: index)
    }
    if let tab = name.firstIndex(of: UInt8(ascii: "\t")) {
      // GNU diff -N dates a missing file to the epoch, whatever the time zone makes of it.
      let stamp = name[(tab + 1)...]
      if stamp.starts(with: "1970-01-01 ".utf8) || stamp.starts(with: "1969-12-31 ".utf8) { return nil }
      name = name[..<tab]
    }
    if name.elementsEqual("/dev/null".utf8) { return nil }
    return try path(name, strip: strip, at: index)
  }

  /// Returns the name on a `rename` or `copy` line, which has no `a/` to strip.
  private func gitName(_ text: ArraySlice<UInt8>, strip: Int) throws(PatchStackError) -> TreePath {
    let name = text.first == UInt8(ascii: "\"") ? try unquoted(text, at: next).name[...] : text
    return try path(name, strip: max(0, strip), at: next)
  }

  /// Returns the name that both halves of a `diff --git` line share, or nil when they differ.
  private func commonName(at index: Int) throws(PatchStackError) -> TreePath? {
    let names = line(index).dropFirst(11)
    if names.first == UInt8(ascii: "\"") {
      return try path(try unquoted(names, at: index).name[...], strip: strip, at: index)
    }
    // Names may hold spaces: the one that splits the line in two equal names is the one meant.
    for space in names.indices where names[space] == UInt8(ascii: " ") {
      let old = names[..<space]
      let new = names[(space + 1)...]
      let stripped = (components(old).dropFirst(strip), components(new).dropFirst(strip))
      if !stripped.0.isEmpty, stripped.0.elementsEqual(stripped.1, by: { $0.elementsEqual($1) }) {
        return try path(new, strip: strip, at: index)
      }
    }
    return nil
  }

  private func components(_ name: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    name.split(separator: UInt8(ascii: "/"))
  }

  private func path(
    _ name: ArraySlice<UInt8>, strip: Int, at index: Int
  ) throws(PatchStackError) -> TreePath {
    let names = components(name)
    let shown = String(decoding: name, as: UTF8.self)
    guard name.first != UInt8(ascii: "/") || strip > 0 else {
      throw malformed(index, "\(shown) is an absolute path")
    }
    guard names.count > strip else {
      throw malformed(index, "\(shown) has fewer than \(strip) directories to strip")
    }
    guard let path = TreePath(Array(names.dropFirst(strip).joined(separator: "/".utf8))) else {
      throw malformed(index, "\(shown) leads out of the tree")
    }
    return path
  }

  /// Returns the name that git wrote in C's quotes, and how many bytes it takes with them.
  private func unquoted(
    _ text: ArraySlice<UInt8>, at index: Int
  ) throws(PatchStackError) -> (name: [UInt8], length: Int) {
    var name: [UInt8] = []
    var rest = text.dropFirst()
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return (name, text.count - rest.count) }
      guard byte == UInt8(ascii: "\\") else {
        name.append(byte)
        continue
      }
      guard let escape = rest.popFirst() else { break }
      switch escape {
      case UInt8(ascii: "a"): name.append(7)
      case UInt8(ascii: "b"): name.append(8)
      case UInt8(ascii: "t"): name.append(9)
      case UInt8(ascii: "n"): name.append(10)
      case UInt8(ascii: "v"): name.append(11)
      case UInt8(ascii: "f"): name.append(12)
      case UInt8(ascii: "r"): name.append(13)
      case UInt8(ascii: "0")...UInt8(ascii: "3"):
        let digits = [escape] + rest.prefix(2)
        rest = rest.dropFirst(2)
        guard digits.count == 3, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x37 }) else {
          throw malformed(index, "malformed quoted name")
        }
        name.append(digits.reduce(0) { $0 << 3 | ($1 - 0x30) })
      default: name.append(escape)
      }
    }
    throw malformed(index, "the quoted name does not end")
  }
}

// MARK: Lines

extension PatchParser {
  /// The line without its line feed, and without the carriage return of a header line.
  private func line(_ index: Int) -> ArraySlice<UInt8> {
    let line = content[lines[index]]
    return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
  }

  /// The bytes from a line up to the one that is next.
  private func span(_ start: Int) -> Range<Int> {
    lines[start].lowerBound..<(next < lines.count ? lines[next].lowerBound : content.count)
  }

  private func lineEnd(_ index: Int) -> Int {
    index + 1 < lines.count ? lines[index + 1].lowerBound : content.count
  }

  private func starts(_ prefix: StaticString) -> Bool { starts(prefix, at: next) }

  private func starts(_ prefix: StaticString, at index: Int) -> Bool {
    guard index < lines.count, lines[index].count >= prefix.utf8CodeUnitCount else { return false }
    let start = lines[index].lowerBound
    for offset in 0..<prefix.utf8CodeUnitCount where content[start + offset] != prefix.utf8Start[offset] {
      return false
    }
    return true
  }

  private func mode(_ digits: ArraySlice<UInt8>) throws(PatchStackError) -> EntryMode {
    guard let mode = EntryMode(octal: digits), mode != .directory else {
      throw malformed(next, "no mode of a file: \(String(decoding: digits, as: UTF8.self))")
    }
    return mode
  }

  private func malformed(_ index: Int, _ reason: String) -> PatchStackError {
    .malformed(file, line: index + 1, reason: reason)
  }

  private func reversed(_ changes: [FilePatch]) throws(PatchStackError) -> [FilePatch] {
    var turned: [FilePatch] = []
    for change in changes.reversed() { turned.append(try reversed(change)) }
    return turned
  }

  private func reversed(_ change: FilePatch) throws(PatchStackError) -> FilePatch {
    let turned: FilePatch.Change
    switch change.change {
    case .modify(let path): turned = .modify(path)
    case .create(let path): turned = .delete(path)
    case .delete(let path): turned = .create(path)
    case .rename(let from, let to): turned = .rename(from: to, to: from)
    case .copy: throw malformed(change.number - 1, "a copy cannot be reversed")
    }
    let content: FilePatch.Content
    switch change.content {
    case .text(let hunks): content = .text(hunks.map(\.reversed))
    case .binary(let binary):
      guard let reversed = binary.reversed else {
        throw malformed(change.number - 1, "the binary patch cannot be reversed: it holds one direction only")
      }
      content = .binary(reversed)
    }
    return FilePatch(
      change: turned, oldMode: change.newMode, newMode: change.oldMode, oldID: change.newID,
      newID: change.oldID, content: content, number: change.number,
      header: change.header, range: change.range)
  }
}

/// Returns the lines of `content` without their line feeds.
func lineRanges(of content: [UInt8]) -> [Range<Int>] {
  var lines: [Range<Int>] = []
  var start = 0
  for (index, byte) in content.enumerated() where byte == UInt8(ascii: "\n") {
    lines.append(start..<index)
    start = index + 1
  }
  if start < content.count { lines.append(start..<content.count) }
  return lines
}

/// Returns `content` as it was before a mailer ended every line of it in a carriage return.
///
/// Only then do the headers of the files have one; a patch to a file with such lines has them in its hunks alone.
private func withoutMailCarriageReturns(_ content: [UInt8]) -> [UInt8] {
  let lines = lineRanges(of: content)
  let headers = lines.filter { content[$0].starts(with: "+++ ".utf8) }
  guard !headers.isEmpty, headers.allSatisfy({ content[$0].last == UInt8(ascii: "\r") }) else {
    return content
  }
  var unix: [UInt8] = []
  for line in lines {
    unix += content[line].last == UInt8(ascii: "\r") ? content[line].dropLast() : content[line]
    if line.upperBound < content.count { unix.append(UInt8(ascii: "\n")) }
  }
  return unix
}
