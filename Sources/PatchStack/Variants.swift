internal import Host
public import SystemPackage
public import Versions

/// The forms that a series has for different ranges of versions.
///
/// The file `variants.list` in the directory of the series has a line for each form: its first version, its last one, and
/// its directory inside that of the series, or `.` for the series itself.
///
///     v5.10   v6.1   variants/5.10
///     v6.12   -      .
///
/// A last version of two numbers holds for all its stable releases, and `-` has no end. A variant's directory has a
/// `series` file with a base of its own, and those patches that differ; the others are the series' own.
public struct Variants: Sendable {
  /// One form and the versions it is for.
  public struct Form: Hashable, Sendable {
    /// The first version.
    public let first: Version
    /// The last version, or nil for no end.
    public let last: Version?
    /// The directory in that of the series, nil for the series itself.
    public let name: String?

    /// Returns whether the form is for `version`.
    public func contains(_ version: Version) -> Bool {
      version >= first && !isOver(version)
    }

    /// Returns whether `version` comes after the last one.
    fileprivate func isOver(_ version: Version) -> Bool {
      guard let last else { return false }
      let isOfBranch = last.patch == 0 && last.candidate == nil
      return isOfBranch
        ? (version.major, version.minor) > (last.major, last.minor) : version > last
    }

    fileprivate var range: String { "\(first.tag) to \(last?.tag ?? "the newest")" }
  }

  /// The series' directory.
  public let directory: FilePath
  /// The forms, by their versions; none when there is no such file.
  public private(set) var forms: [Form] = []

  /// The tag that the series itself was made for, in place of the one that it names.
  private let base: String?

  /// Reads the file `variants.list` of the series in `directory`, if there is one.
  ///
  /// - Parameters:
  ///   - directory: What ``Series/load(_:base:)`` takes.
  ///   - base: The base tag of the series itself, in place of the one that its file names; variants have their own.
  /// - Throws: `PatchStackError.malformed` naming the line, also when two ranges overlap.
  public init(in directory: FilePath, base: String? = nil) throws(PatchStackError) {
    self.directory = directory
    self.base = base
    let file = directory.appending("variants.list")
    guard Files.exists(file) else { return }
    var content: [UInt8] = []
    do { content = try Files.read(file) } catch { throw .file(error) }
    for (index, range) in lineRanges(of: content).enumerated() {
      let words = String(decoding: content[range], as: UTF8.self).prefix { $0 != "#" }
        .split(whereSeparator: \.isWhitespace).map(String.init)
      if words.isEmpty { continue }
      guard words.count == 3, let first = Version(words[0]), words[1] == "-" || Version(words[1]) != nil,
        !words[2].hasPrefix("/"), !words[2].split(separator: "/").contains("..")
      else {
        throw .malformed(
          file, line: index + 1, reason: "wants: first version, last version or -, directory or .")
      }
      let form = Form(first: first, last: Version(words[1]), name: words[2] == "." ? nil : words[2])
      guard !form.isOver(first) else {
        throw .malformed(file, line: index + 1, reason: "\(form.range) is no range")
      }
      if let other = forms.first(where: { form.overlaps($0) }) {
        throw .malformed(file, line: index + 1, reason: "\(form.range) overlaps \(other.range)")
      }
      forms.append(form)
    }
    forms.sort { $0.first < $1.first }
  }

  /// Returns the series in the form that `version` takes.
  ///
  /// - Throws: `PatchStackError.malformed` when the version lies in a gap, which is named.
  public func series(for version: Version) throws(PatchStackError) -> Series {
    try load(form(for: version))
  }

  /// Returns the patch files that no form of the series lists: forgotten ones, most often.
  public func unlisted() throws(PatchStackError) -> [FilePath] {
    let names = Set(forms.compactMap(\.name)).sorted()
    return try Series.unlisted(in: [directory] + names.map { directory.appending($0) })
  }

  /// Returns the form that `version` takes, nil where the series has but one.
  func form(for version: Version) throws(PatchStackError) -> Form? {
    if forms.isEmpty { return nil }
    guard let form = forms.first(where: { $0.contains(version) }) else {
      let before = forms.last { $0.isOver(version) }
      let after = forms.first { version < $0.first }
      let gap =
        switch (before, after) {
        case (let before?, let after?): "between \(before.range) and \(after.range)"
        case (let before?, nil): "after \(before.range)"
        case (nil, let after?): "before \(after.range)"
        case (nil, nil): "at all"
        }
      throw .malformed(
        directory.appending("variants.list"), line: nil,
        reason: "no form for \(version.tag), which lies \(gap)")
    }
    return form
  }

  /// Returns the series in `form`.
  func load(_ form: Form?) throws(PatchStackError) -> Series {
    guard let name = form?.name else { return try Series.load(directory, base: base) }
    return try Series.atRest(directory) { () throws(PatchStackError) in
      try Series.load(directory, variant: name, base: nil)
    }
  }
}

extension Variants.Form {
  fileprivate func overlaps(_ other: Self) -> Bool {
    !(isOver(other.first) || other.isOver(first))
  }
}
