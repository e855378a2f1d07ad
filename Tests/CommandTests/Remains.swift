import Host
import SystemPackage
import TestSupport
import VersionMatrix
import Versions

#if canImport(Glibc)
  import Glibc
#endif

/// All that commands leave in a checkout, without what no two runs have in common.
struct Remains: Equatable {
  /// The references of the repositories with the trees that they lead to.
  var references: [String] = []
  /// The versions on record.
  var versions: [String] = []
  /// The results on record.
  var results: [VersionResult] = []
  /// The files that users read and write: of the series, of conflicts, and those written for them.
  var files: [String: String] = [:]

  /// Looks at what is there.
  init(in checkout: Checkout) async throws {
    for repository in checkout.repositories {
      references += try await checkout.git(
        repository, "for-each-ref", "--format=%(refname) %(tree) %(*tree)"
      ).split(separator: "\n").map(String.init)
    }
    let record = try Record.load(checkout.record)
    versions = record.versions.map(\.tag)
    results = record.entries.flatMap(\.results).map { result in
      var result = result
      (result.date, result.seconds) = ("", [:])
      return result
    }
    for place in [
      checkout.series, checkout.project.appending("conflicts"), checkout.directory.appending("out"),
    ] {
      // What is on its way there, or away from there, is nothing yet, or nothing any more.
      let passing = #/\.(gone|new)\/|\.xip-rebase-(new|change)/#
      for (path, isFile) in try checkout.paths(below: place)
      where isFile && path.firstMatch(of: passing) == nil {
        files[path] = String(
          decoding: try Files.read(checkout.directory.pushing(FilePath(path))), as: UTF8.self)
      }
    }
  }

  /// Takes the notes of `other` for its own, if it has any.
  mutating func takeNotes(of other: Remains) {
    let isNotes = { (line: String) in line.hasPrefix("refs/notes/") }
    guard references.contains(where: isNotes) else { return }
    references = references.filter { !isNotes($0) } + other.references.filter(isNotes)
  }

  /// Says in what they differ from `other`, empty for nothing.
  func difference(from other: Remains) -> String {
    var lines: [String] = []
    let (here, there) = (Set(references), Set(other.references))
    lines += here.subtracting(there).sorted().map { "reference \($0) is not to be" }
    lines += there.subtracting(here).sorted().map { "no reference \($0)" }
    if versions != other.versions { lines.append("listed are \(versions), not \(other.versions)") }
    for result in other.results where !results.contains(result) {
      lines.append(
        "not on record: \(result.version) \(result.toolchain) \(result.verdict) \(result.reason ?? "")")
    }
    for result in results where !other.results.contains(result) {
      lines.append(
        "on record: \(result.version) \(result.toolchain) \(result.verdict) \(result.reason ?? "")")
    }
    for path in Set(files.keys).union(other.files.keys).sorted() where files[path] != other.files[path] {
      let state = files[path] == nil ? "missing" : other.files[path] == nil ? "not to be" : "different"
      lines.append("\(path) is \(state)")
    }
    return lines.joined(separator: "; ")
  }
}

extension Checkout {
  /// The repositories that commands write to, as far as they are there.
  var repositories: [FilePath] {
    [kernel.path.appending(".git"), cache.appending("trees.git")].filter {
      Files.exists($0.appending("HEAD"))
    }
  }

  /// Runs git on a repository and returns what it printed to both streams, after its failure if it failed.
  func git(_ repository: FilePath, _ arguments: String...) async throws -> String {
    let git = Command(
      "git", ["--git-dir", repository.string] + arguments, environment: GitFixture.sealed(home: directory))
    let completion = try await git.completion()
    let text = completion.text + completion.errorText
    return completion.status.isSuccess ? text : "\(completion.status): \(text)"
  }

  /// Returns the paths of all that lies in a directory and below it, and whether each is a plain file.
  func paths(below place: FilePath) throws -> [(path: String, isFile: Bool)] {
    guard Files.isDirectory(place) else { return [] }
    let prefix = directory.string.utf8.count + 1
    var found: [(String, Bool)] = []
    for name in try Files.list(place) {
      let path = place.appending(name)
      var status = stat()
      guard lstat(path.string, &status) == 0 else { continue }
      let kind = status.st_mode & S_IFMT
      found.append((String(decoding: path.string.utf8.dropFirst(prefix), as: UTF8.self), kind == S_IFREG))
      if kind == S_IFDIR { found += try paths(below: path) }
    }
    return found
  }

  /// Returns the names of everything in the checkout, but for those that git gives by content.
  func names() throws -> Set<String> {
    Set(
      try paths(below: directory).map(\.path).filter { path in
        // What other programs leave in places for what is temporary, and libgit2 of an object: no more than its bytes.
        if path.hasPrefix("temporary/") || path.hasPrefix(".gnupg/") || path.contains("/tmp_object_git2_") {
          return false
        }
        // Of whoever brings trees into a clone, as what cannot read a tag does.
        if ["repository/.git/xip-rebase", "repository/.git/xip-rebase/lock"].contains(path) { return false }
        // Git that cannot read its configuration keeps logs of references.
        if path.hasSuffix("trees.git/logs") || path.contains("trees.git/logs/") { return false }
        let isOfGit = path.contains("/objects/") && !path.hasPrefix("cache/xip-rebase/objects/")
        return !isOfGit || path.contains("/tmp_") || path.hasSuffix(".lock")
      })
  }
}
