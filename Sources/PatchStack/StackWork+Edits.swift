internal import Git
internal import Host
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension StackWork {
  /// Something that a user hands in: its bytes, and what to call it.
  public struct Input: Sendable {
    let content: [UInt8]
    let name: FilePath

    /// Makes the input of `content`, which came from `name`.
    public init(_ content: [UInt8], from name: FilePath) {
      self.content = content
      self.name = name
    }
  }

  /// What a patch shall be.
  struct Draft {
    enum Message {
      /// As it is, or for a new patch made of its name.
      case kept
      /// This text, as a person gives it.
      case given([UInt8])
      /// This text, as it shall stand in the file.
      case verbatim([UInt8])
    }

    let message: Message
    /// The tree behind it.
    let after: ObjectID
    /// The paths at which that tree may be another than it was.
    let changed: Set<TreePath>
    /// The patch as it was handed in, with how far from their lines its hunks went; nil when it comes as files.
    let diff: (patch: Patch, offsets: [[Int]])?
  }

  /// Gives a patch another message, or adds what a diff says to it, and carries those above over it.
  ///
  /// - Parameters:
  ///   - name: The patch.
  ///   - message: The new message, with or without a mail header; nil leaves it.
  ///   - diff: A diff to the files as the patch leaves them; nil for none.
  /// - Returns: What came of it.
  /// - Throws: `PatchStackError.refused` when a patch above does not fit any more.
  public func edit(_ name: String, message: Input?, with diff: Input?) throws(PatchStackError) -> StackChange
  {
    try change { bench, repository throws(PatchStackError) in
      let number = try number(of: name, in: bench.series)
      let was = bench.images.trees[number + 1]
      let text = message.map { Draft.Message.given($0.content) } ?? .kept
      guard let diff else {
        let draft = Draft(message: text, after: was, changed: [], diff: nil)
        return try editing(number, draft, bench, in: repository)
      }
      let applied = try apply(diff, named: bench.series.patches[number].name, to: was, in: &repository)
      let draft = Draft(message: text, after: applied.after, changed: applied.patch.touched, diff: nil)
      return try editing(number, draft, bench, in: repository)
    }
  }

  /// Adds a patch that says what `diff` says, and carries those above over it.
  ///
  /// - Parameters:
  ///   - name: The name of its file.
  ///   - place: Where in the stack it goes.
  ///   - diff: A diff, or a patch, to the files at that place. A patch that fits there keeps its bytes.
  ///   - message: Its message; nil takes that of the patch handed in.
  /// - Returns: What came of it.
  /// - Throws: `PatchStackError.refused` when a patch above does not fit any more.
  public func add(
    _ name: String, at place: Place, from diff: Input, message: Input?
  ) throws(PatchStackError) -> StackChange {
    try change { bench, repository throws(PatchStackError) in
      let name = try newName(name, bench)
      let below = try index(of: place, in: bench.series)
      let applied = try apply(diff, named: name, to: bench.images.trees[below], in: &repository)
      let draft = Draft(
        message: message.map { .given($0.content) } ?? .kept, after: applied.after,
        changed: applied.patch.touched, diff: (applied.patch, applied.offsets))
      return try adding(name, draft, below: below, bench, in: repository)
    }
  }

  /// Lays a patch out in a folder of `directory` for somebody to change.
  ///
  /// - Parameters:
  ///   - name: The patch.
  ///   - paths: Files that the patch does not touch yet, and shall.
  ///   - directory: Where rebases and edits wait.
  /// - Returns: The open edit.
  /// - Throws: `PatchStackError.stopped` when an edit is open already.
  public func beginEdit(
    of name: String, paths: [String], in directory: FilePath
  ) throws(PatchStackError) -> OpenEdit {
    try look { bench, repository throws(PatchStackError) in
      let number = try number(of: name, in: bench.series)
      let patch = bench.series.patches[number]
      return try OpenEdit.begin(
        patch.name, isNew: false, below: number, paths: paths,
        message: MessageText(prologue: patch.content[patch.prologue]).message, work: self, bench,
        in: directory,
        repository)
    }
  }

  /// Lays out a folder for a patch that is to be.
  ///
  /// - Parameters:
  ///   - name: The name of its file.
  ///   - place: Where in the stack it goes.
  ///   - paths: The files that it shall change.
  ///   - directory: Where rebases and edits wait.
  /// - Returns: The open edit.
  /// - Throws: `PatchStackError.stopped` when an edit is open already.
  public func beginAdding(
    _ name: String, at place: Place, paths: [String], in directory: FilePath
  ) throws(PatchStackError) -> OpenEdit {
    try look { bench, repository throws(PatchStackError) in
      let name = try newName(name, bench)
      return try OpenEdit.begin(
        name, isNew: true, below: try index(of: place, in: bench.series), paths: paths,
        message: message(for: name, nil, in: repository), work: self, bench, in: directory, repository)
    }
  }

  /// Returns the plan for a patch with another content or message.
  func editing(
    _ number: Int, _ draft: Draft, _ bench: Bench, in repository: borrowing Repository
  ) throws(PatchStackError) -> (String, StackPlan) {
    var patch = bench.series.patches[number]
    var text = MessageText(prologue: patch.content[patch.prologue])
    let old = text.message
    switch draft.message {
    case .kept: break
    case .given(let message): try text.replace(with: told(message, patch.file))
    case .verbatim(let message): text.message = message
    }
    if text.message != old {
      try check(text, of: patch.file)
      patch = try patch.with(message: text)
    }
    let was = bench.images.trees[number + 1]
    var steps = bench.series.patches.indices.map { StackPlan.Step.keep($0) }
    if draft.after != was || text.message != old {
      let files = draft.after == was ? [] : draft.changed
      steps[number] = .edit(
        number,
        files.isEmpty
          ? PatchDraft(patch, after: was, offsets: patch.changes.map { _ in [] })
          : PatchDraft(patch, leadingTo: was, now: draft.after, changed: files))
    }
    return (command(["edit", patch.name]), StackPlan(steps: steps))
  }

  /// Returns the plan for a patch that joins the stack.
  func adding(
    _ name: String, _ draft: Draft, below: Int, _ bench: Bench, in repository: borrowing Repository
  ) throws(PatchStackError) -> (String, StackPlan) {
    var patch: Patch
    let file = draft.diff?.patch.file ?? FilePath(name)
    if let diff = draft.diff {
      patch = diff.patch
      var text = MessageText(prologue: patch.content[patch.prologue])
      let hasMessage = text.message.contains { $0 > 0x20 }
      switch draft.message {
      case .given(let given) where hasMessage: try text.replace(with: told(given, file))
      case .given(let given): text.message = message(for: name, try told(given, file), in: repository)
      case .verbatim(let given): text.message = given
      case .kept: if !hasMessage { text.message = message(for: name, nil, in: repository) }
      }
      if text.bytes != Array(patch.content[patch.prologue]) {
        try check(text, of: file)
        patch = try patch.with(message: text)
      }
    } else {
      var text = message(for: name, nil, in: repository)
      switch draft.message {
      case .kept: break
      case .given(let given): text = message(for: name, try told(given, file), in: repository)
      case .verbatim(let given): text = given
      }
      try check(MessageText(prologue: text), of: file)
      var parser = PatchParser(text, name: name, file: file, strip: 1, isReversed: false)
      patch = try parser.parse()
      guard patch.changes.isEmpty else {
        throw .malformed(file, line: nil, reason: "the message holds lines that read as a change of a file")
      }
    }
    let before = bench.images.trees[below]
    let made =
      if let diff = draft.diff {
        PatchDraft(patch, after: draft.after, offsets: diff.offsets)
      } else {
        PatchDraft(patch, leadingTo: before, now: draft.after, changed: draft.changed)
      }
    var steps = bench.series.patches.indices.map { StackPlan.Step.keep($0) }
    steps.insert(.add(made), at: below)
    let place = below == 0 ? ["--first"] : ["--after", bench.series.patches[below - 1].name]
    return (command(["new", name] + place), StackPlan(steps: steps))
  }

  /// Applies a diff to a tree; its name becomes that of the patch.
  private func apply(
    _ diff: Input, named name: String, to root: ObjectID, in repository: inout Repository
  ) throws(PatchStackError) -> (patch: Patch, offsets: [[Int]], after: ObjectID) {
    var parser = PatchParser(diff.content, name: name, file: diff.name, strip: 1, isReversed: false)
    let patch = try parser.parse()
    guard !patch.changes.isEmpty else {
      throw .malformed(diff.name, line: nil, reason: "no diff: it changes no file")
    }
    var tree = StackTree(root: root)
    do {
      let fits = try tree.apply(patch, base: "", in: &repository)
      return (patch, fits.map(\.offsets), tree.root)
    } catch .doesNotFitBase(let file, let line, _, let reason) {
      throw .malformed(file, line: line, reason: "does not apply to the files at \(name): \(reason)")
    }
  }

  /// Returns a message, provided that it says something.
  private func told(_ message: [UInt8], _ file: FilePath) throws(PatchStackError) -> [UInt8] {
    guard message.contains(where: { $0 > 0x20 }) else {
      throw .malformed(file, line: nil, reason: "the message is empty; say what the patch does")
    }
    return message
  }

  private func check(_ text: MessageText, of file: FilePath) throws(PatchStackError) {
    _ = try told(text.message, file)
    let end = lineRanges(of: text.message).firstIndex { text.message[$0].elementsEqual("---".utf8) }
    if let end {
      throw .malformed(
        file, line: nil, reason: "line \(end + 1) of the message is ---, which ends a message; indent it")
    }
  }

  /// Returns the number of patches below a place.
  private func index(of place: Place, in series: Series) throws(PatchStackError) -> Int {
    switch place {
    case .first: 0
    case .last: series.patches.count
    case .before(let name): try number(of: name, in: series)
    case .after(let name): try number(of: name, in: series) + 1
    }
  }

  /// Returns the name of the file for a new patch, with the suffix that makes it one.
  private func newName(_ name: String, _ bench: Bench) throws(PatchStackError) -> String {
    let file = name.hasSuffix(".patch") || name.hasSuffix(".diff") ? name : name + ".patch"
    let path = variant.map { directory.pushing(FilePath($0)) } ?? directory
    guard TreePath(file) != nil, !file.contains(where: \.isWhitespace), !file.hasPrefix("#"),
      !file.split(separator: "/").contains(where: { $0.hasPrefix(".") })
    else {
      throw .malformed(
        path, line: nil,
        reason: "\(file) cannot stand in a series file: a relative name without spaces that is not hidden")
    }
    guard !Files.exists(path.pushing(FilePath(file))),
      !bench.series.patches.contains(where: { $0.name == file })
    else {
      throw .malformed(
        path.pushing(FilePath(file)), line: nil, reason: "is there already; choose another name")
    }
    return file
  }

  /// Returns the message of a new patch, with the header of a mail where it is known who writes it.
  private func message(for name: String, _ given: [UInt8]?, in repository: borrowing Repository) -> [UInt8] {
    let stem = name.split(separator: "/").last.map(String.init) ?? name
    let words = stem.prefix(upTo: stem.lastIndex(of: ".") ?? stem.endIndex)
      .drop { $0.isNumber || $0 == "-" }.split { $0 == "-" || $0 == "_" }
    let subject = words.isEmpty ? stem : words.joined(separator: " ")
    var text = MessageText(prologue: [])
    if let author = repository.author() {
      text.message =
        Array("From: ".utf8) + author.name + " <".utf8 + author.email + ">\n".utf8
        + "Date: \(mailDate(author.seconds))\nSubject: [PATCH] \(subject)\n\n".utf8
    } else {
      text.message = Array("\(subject)\n\n".utf8)
    }
    if let given { text.replace(with: given) }
    return text.message
  }
}

extension Patch {
  /// The paths that it reads or writes.
  fileprivate var touched: Set<TreePath> {
    Set(changes.flatMap { [$0.oldPath, $0.newPath].compactMap { $0 } })
  }
}

/// Returns a date as mails have it, in UTC.
private func mailDate(_ seconds: Int64) -> String {
  var moment = time_t(seconds)
  var parts = tm()
  gmtime_r(&moment, &parts)
  func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
  let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  return "\(days[Int(parts.tm_wday)]), \(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year) "
    + "\(clock) +0000"
}
