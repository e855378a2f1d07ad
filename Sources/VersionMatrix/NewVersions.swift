public import Versions

extension Record {
  /// Returns the releases that are new, in order: those that a nightly job is to list and run.
  ///
  /// Without `selectors` these are the newest release of each line that the record follows, where it is newer than what is
  /// listed of that line, and the newest release of each line after the newest that is listed. Release candidates are
  /// none of them. With `selectors` they are all that those select.
  ///
  /// - Parameters:
  ///   - available: The releases that can be had.
  ///   - selectors: What was asked for.
  /// - Returns: Those that are not listed.
  /// - Throws: `NothingSelected` for a selector that selects nothing of what can be had or is listed.
  public func newVersions(
    among available: [Version], _ selectors: [VersionSelector] = []
  ) throws(NothingSelected) -> [Version] {
    let listed = versions
    if !selectors.isEmpty {
      let pool = Set(available + listed).sorted()
      return try selectors.selected(from: pool, place: "to be had").filter { !listed.contains($0) }.sorted()
    }
    let followed = Version.newestOfEachLine(in: listed)
    return Version.newestOfEachLine(in: available).filter { version in
      guard let newest = followed.first(where: { $0.line == version.line }) else {
        return followed.last.map { version > $0 } ?? true
      }
      return version > newest
    }
  }
}
