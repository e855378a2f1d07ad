import Host

// What the history between releases says, where the repository has one.

extension Store {
  /// A commit, its tree, and the first line of its message.
  public struct StoredCommit: Hashable, Sendable {
    /// 40 hexadecimal digits.
    public let id: String
    /// Its tree, 40 hexadecimal digits.
    public let tree: String
    /// The first line of its message.
    public let subject: String
  }

  /// Returns the commit that `name` means, a tag, a reference or an id.
  ///
  /// - Throws: `TreeError.noSuchCommit` when the repository has none.
  public func commit(_ name: String) async throws(TreeError) -> StoredCommit {
    let words = try await words(
      "show", "--no-patch", "--no-show-signature", "--format=%H %T %s", "\(name)^{commit}")
    guard let line = words?.split(separator: "\n").first else { throw .noSuchCommit(name, in: path) }
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { throw .noSuchCommit(name, in: path) }
    return StoredCommit(id: parts[0], tree: parts[1], subject: parts[2])
  }

  /// Returns the best commit from which both `one` and `other` descend, or nil where no history joins them.
  public func commonAncestor(of one: String, _ other: String) async throws(TreeError) -> String? {
    try await words("merge-base", "\(one)^{commit}", "\(other)^{commit}")
  }

  /// Returns the commits that lie behind `bad` and behind none of `good`, the one that halves them best first.
  ///
  /// `bad` itself is left out.
  public func halvings(of bad: String, behind good: [String]) async throws(TreeError) -> [String] {
    let lines = try await git.text(
      "rev-list", "--bisect-all", "--stdin",
      input: Array(([bad] + good.map { "^" + $0 }).map { $0 + "\n" }.joined().utf8))
    return lines.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
      .filter { $0 != bad }
  }

  /// Returns what `git arguments` prints, without the last line feed, or nil when it fails.
  private func words(_ arguments: String...) async throws(TreeError) -> String? {
    do {
      let answer = try await git.command(arguments).completion()
      guard answer.status.isSuccess else { return nil }
      let end = answer.output.last == UInt8(ascii: "\n") ? 1 : 0
      return String(decoding: answer.output.dropLast(end), as: UTF8.self)
    } catch {
      throw TreeError(error, writing: path)
    }
  }
}
