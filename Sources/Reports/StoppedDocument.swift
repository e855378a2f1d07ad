public import PatchStack

/// Rebases that wait for somebody, as a JSON document for programs:
/// `{"schema":1,"stopped":[{"version","folder","conflicts","files":[{"path","isSettled"}]}]}`.
public struct StoppedDocument: Codable, Sendable {
  /// One rebase.
  public struct Rebase: Codable, Sendable {
    /// The tag it goes onto.
    public let version: String
    /// The folder it waits in.
    public let folder: String
    /// What is in conflict, a line each.
    public let conflicts: [String]
    /// The files to settle.
    public let files: [File]
  }

  /// A file to settle.
  public struct File: Codable, Sendable {
    /// Where it is.
    public let path: String
    /// Whether nothing is left to decide in it.
    public let isSettled: Bool
  }

  /// The number of the document's format.
  public var schema = 1

  /// The rebases, by their folders.
  public let stopped: [Rebase]

  /// Makes the document of `rebases`, reading the files that wait.
  public init(_ rebases: [StoppedRebase]) throws(PatchStackError) {
    var stopped: [Rebase] = []
    for rebase in rebases {
      var files: [File] = []
      for path in rebase.files { files.append(File(path: "\(path)", isSettled: try rebase.isSettled(path))) }
      stopped.append(
        Rebase(
          version: rebase.target, folder: "\(rebase.folder)",
          conflicts: rebase.result.conflicts.map { $0.description(target: rebase.target) }, files: files))
    }
    self.stopped = stopped
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
