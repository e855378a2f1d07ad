internal import Git
internal import Host
public import SystemPackage

/// A conflict that somebody settled.
public struct Resolution: Hashable, Sendable {
  /// The name that git rerere gives to the conflict.
  public let id: String
  /// The file with the conflict, as git rerere keeps it.
  public let preimage: [UInt8]
  /// The file as it was settled.
  public let postimage: [UInt8]
  /// What the base had at each conflict, each with a zero byte behind it; nil when git rerere wrote it.
  let bases: [UInt8]?
  /// Which patch, file and target it was made for; nil when git rerere wrote it.
  public let origin: String?
  /// Whether what was in conflict shall be gone.
  var isGone = false
  /// Whether a version that used it has booted.
  public let isConfirmed: Bool

  /// The patch, the file and the version that it was made for, or nil when git rerere wrote it.
  public var madeFor: String? { origin.map { String($0.prefix { $0 != "\n" }) } }

  /// What settling the conflict changed, as the hunks of a unified diff; bytes that are not UTF-8 are replaced.
  public var difference: String {
    get throws(PatchStackError) {
      do {
        return String(decoding: try TextDiff.unified(from: preimage, to: postimage), as: UTF8.self)
      } catch {
        throw .git(error)
      }
    }
  }
}

/// The settled conflicts that travel with a series, in the format of git's `rr-cache`.
///
/// Each is a directory named by the conflict, with `preimage` and `postimage`; ours adds `base` and `origin`, which
/// git leaves alone. Those that no booted version has used yet stand in the directory `unconfirmed`.
public struct Resolutions: Sendable {
  /// The directory, `resolutions` in that of the series.
  public let directory: FilePath
  /// The settled conflicts, sorted by name.
  public private(set) var all: [Resolution] = []

  /// Reads what is in `directory`, which need not exist.
  public init(in directory: FilePath) throws(PatchStackError) {
    self.directory = directory
    do {
      all = try Self.read(directory, confirmed: true)
      all += try Self.read(directory.appending("unconfirmed"), confirmed: false)
    } catch {
      throw .file(error)
    }
    all.sort { $0.id < $1.id }
  }

  /// Makes the collection that knows of no conflict.
  init() {
    directory = FilePath()
  }

  private static func read(_ directory: FilePath, confirmed: Bool) throws(FileFailure) -> [Resolution] {
    guard Files.exists(directory) else { return [] }
    var found: [Resolution] = []
    for id in try Files.list(directory) where id.utf8.count == 40 {
      let place = directory.appending(id)
      // git keeps several conflicts of one name apart by a number.
      for file in try Files.list(place) where file.hasPrefix("postimage") {
        let variant = file.dropFirst("postimage".count)
        let preimage = place.appending("preimage" + variant)
        guard Files.exists(preimage) else { continue }
        let optional = { (name: String) throws(FileFailure) -> [UInt8]? in
          let path = place.appending(name + variant)
          return Files.exists(path) ? try Files.read(path) : nil
        }
        found.append(
          Resolution(
            id: id, preimage: try Files.read(preimage), postimage: try Files.read(place.appending(file)),
            bases: try optional("base"),
            origin: try optional("origin").map { String(decoding: $0, as: UTF8.self) },
            isGone: try optional("gone") != nil, isConfirmed: confirmed))
      }
    }
    return found
  }

  /// Returns how the conflicts in `text` were settled before, or nil when they were not.
  ///
  /// Both sides and the base have to be the same at each conflict; what differs elsewhere in the file is merged in.
  func settled(_ text: MarkedText) throws(GitError) -> (content: [UInt8], resolution: Resolution)? {
    guard !all.isEmpty else { return nil }
    let id = text.rerereID
    for resolution in all where resolution.id == id {
      if let bases = resolution.bases, bases != text.bases { continue }
      let merge = try TextMerge(
        base: resolution.preimage, ours: text.normalized, theirs: resolution.postimage,
        labels: .init(base: "", ours: "", theirs: ""))
      if merge.isClean { return (merge.content, resolution) }
    }
    return nil
  }

  /// Whether any of them is about a whole patch.
  var knowsOfPatches: Bool { all.contains { $0.preimage.starts(with: LargeQuestion.leftOut.utf8) } }

  /// Returns how `question` was settled before, or nil when it was not.
  func settled(_ question: LargeQuestion) -> Resolution? {
    guard !all.isEmpty else { return nil }
    let id = question.id
    return all.first { $0.id == id && $0.preimage == question.text }
  }

  /// Keeps how a file in conflict was settled, until a version that uses it has booted, and returns its name.
  func record(
    _ file: MarkedFile, settledAs content: [UInt8]?, origin: String
  ) throws(FileFailure) -> String {
    if file.base != nil, let text = file.content, let content,
      let conflict = MarkedText(text, markerSize: file.markerSize)
    {
      try record(conflict, settledAs: content, origin: origin)
      return conflict.rerereID
    }
    return try record(LargeQuestion(about: file), settledAs: content, origin: origin)
  }

  /// Keeps the answer to `question`, nil for what shall be gone, and returns its name.
  func record(
    _ question: LargeQuestion, settledAs content: [UInt8]?, origin: String
  ) throws(FileFailure) -> String {
    var files = ["preimage": question.text, "origin": Array(origin.utf8), "postimage": content ?? []]
    if content == nil { files["gone"] = [] }
    try keep(files, as: question.id)
    return question.id
  }

  /// Keeps how the conflicts in `text` were settled, until a version that uses it has booted.
  func record(_ text: MarkedText, settledAs content: [UInt8], origin: String) throws(FileFailure) {
    try keep(
      [
        "preimage": text.normalized, "base": text.bases, "origin": Array(origin.utf8), "postimage": content,
      ], as: text.rerereID)
  }

  /// Makes a directory with these files, which appears as a whole; those of git's further conflicts of the name stay.
  private func keep(_ files: [String: [UInt8]], as id: String) throws(FileFailure) {
    let place = directory.appending("unconfirmed").appending(id)
    let new = place.withSuffix(".new")
    try Files.remove(new)
    try Files.makeDirectory(new)
    if Files.exists(place) {
      for name in try Files.list(place) where name.contains(".") {
        try Files.write(try Files.read(place.appending(name)), to: new.appending(name))
      }
    }
    for (name, content) in files { try Files.write(content, to: new.appending(name)) }
    try Files.removeAtOnce(place)
    try Files.move(new, to: place)
  }

  /// Makes the resolutions of these names permanent: a version that used them has booted.
  public func confirm(_ ids: [String]) throws(PatchStackError) {
    do {
      for id in ids where id.utf8.count == 40 {
        let pending = directory.appending("unconfirmed").appending(id)
        guard Files.exists(pending) else { continue }
        let place = directory.appending(id)
        if Files.exists(place) {
          // The postimages last: without one there is no resolution.
          let names = try Files.list(pending)
          for name in names.filter({ !$0.hasPrefix("postimage") })
            + names.filter({ $0.hasPrefix("postimage") })
          {
            try Files.write(try Files.read(pending.appending(name)), to: place.appending(name))
          }
          try Files.removeAtOnce(pending)
        } else {
          try Files.move(pending, to: place)
        }
      }
    } catch {
      throw .file(error)
    }
  }

  /// Returns the resolutions of the one name that starts with `prefix`.
  ///
  /// - Throws: `PatchStackError.malformed` when none or several names start so.
  public func named(_ prefix: String) throws(PatchStackError) -> [Resolution] {
    let ids = Set(all.map(\.id).filter { $0.hasPrefix(prefix) })
    guard let id = ids.first, ids.count == 1, !prefix.isEmpty else {
      let reason = ids.isEmpty ? "no resolution \(prefix)" : "\(ids.count) resolutions start with \(prefix)"
      throw .malformed(directory, line: nil, reason: reason)
    }
    return all.filter { $0.id == id }
  }

  /// Removes the resolution whose name starts with `prefix`.
  ///
  /// - Returns: The names removed; more than one only when the same name is confirmed and unconfirmed.
  /// - Throws: `PatchStackError.malformed` when none or several names start so.
  @discardableResult
  public func forget(_ prefix: String) throws(PatchStackError) -> [String] {
    guard let id = try named(prefix).first?.id else { return [] }
    do {
      try Files.removeAtOnce(directory.appending(id))
      try Files.removeAtOnce(directory.appending("unconfirmed").appending(id))
    } catch {
      throw .file(error)
    }
    return [id]
  }
}
