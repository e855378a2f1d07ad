public import PatchStack

/// Rebases that wait for somebody, as a JSON document for programs:
/// `{"schema":1,"stopped":[{"version","folder","conflicts","files":[{"path","isSettled"}]}],"edit":{"patch","isNew",
/// "series","folder"}}`; the edit is left out when none is open.
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

  /// A patch that is being changed.
  public struct Edit: Codable, Sendable {
    /// Its name.
    public let patch: String
    /// Whether it is to be added.
    public let isNew: Bool
    /// The directory of its series.
    public let series: String
    /// The folder it waits in.
    public let folder: String
  }

  /// The number of the document's format.
  public var schema = 1

  /// The rebases, by their folders.
  public let stopped: [Rebase]

  /// The patch that is being changed, or nil.
  public let edit: Edit?

  /// Makes the document of `rebases` and of the edit that is open, reading the files that wait.
  public init(_ rebases: [StoppedRebase], edit: OpenEdit? = nil) throws(PatchStackError) {
    self.edit = edit.map {
      Edit(patch: $0.patch, isNew: $0.isNew, series: "\($0.series)", folder: "\($0.folder)")
    }
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
