import Git
import Host
import SystemPackage
import TestSupport
import Testing

@Test func aTreeIsChangedAlongThePathsOnly() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("old", ["a/b/one": "1\n", "a/b/two": "2\n", "a.c": "x\n", "z": "z\n"])
    try await fixture.commit("new", ["a/b/one": nil, "a/b/two": "3\n", "a/d": "d\n", "z": nil])
    var repository = try Repository(opening: fixture.path)
    let old = try repository.commit(repository.commitID(named: "old")).tree
    let new = try repository.commit(repository.commitID(named: "new")).tree
    let changes: [TreePath: TreeEntry?] = [
      try path("a/b/one"): nil,
      try path("a/b/two"): TreeEntry(.regular, try repository.make(Array("3\n".utf8), as: .blob)),
      try path("a/d"): TreeEntry(.regular, try repository.make(Array("d\n".utf8), as: .blob)),
      try path("z"): nil,
    ]
    #expect(try repository.tree(old, changing: changes) == new)
  }
}

@Test func emptiedDirectoriesGoAndAFileMakesWayForADirectory() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("old", ["a/b/c": "1\n", "f": "f\n"])
    try await fixture.commit("new", ["a/b/c": nil, "f": nil, "f/g": "f\n"])
    var repository = try Repository(opening: fixture.path)
    let old = try repository.commit(repository.commitID(named: "old")).tree
    guard case .file(let entry) = try repository.content(at: path("f"), of: old) else {
      Issue.record("no file f")
      return
    }
    let changed = try repository.tree(
      old, changing: [try path("a/b/c"): nil, try path("f"): nil, try path("f/g"): entry])
    #expect(try repository.commit(repository.commitID(named: "new")).tree == changed)
  }
}

@Test func whatIsMadeInMemoryIsReadButNotStored() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    var repository = try Repository(opening: fixture.path)
    let id = try repository.make(Array("hello\n".utf8), as: .blob)
    #expect("\(id)" == "ce013625030ba8dba906f756967f9e9ca394464a")
    #expect(try repository.content(of: id, as: .blob) == Array("hello\n".utf8))
    #expect(try await fixture.git("count-objects") == "0 objects, 0 kilobytes")
    try repository.writeObjects()
    #expect(try await fixture.git("cat-file", ["blob", "\(id)"]) == "hello")
  }
}

@Test func whatIsMadeAtAGlanceIsPutTogetherWhenItIsReadAndComparedByContent() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("one", ["f": "hello\n"])
    var repository = try Repository(opening: fixture.path)
    let root = try repository.commit(repository.commitID(named: "one")).tree
    let stored = try #require(try repository.tree(root)["f".utf8.map { $0 }]).id
    let calls = Calls()
    repository.purpose = .glance
    let hello = try repository.makeBlob(size: 6) {
      calls.count += 1
      return Array("hello\n".utf8)
    }
    let other = try repository.make(Array("hallo\n".utf8), as: .blob)
    let longer = try repository.make(Array("hello!\n".utf8), as: .blob)
    #expect(try !repository.haveSameContent(hello, longer))
    #expect(calls.count == 0)
    #expect(hello != stored)
    #expect(try repository.haveSameContent(hello, stored))
    #expect(try repository.haveSameContent(stored, hello))
    #expect(try !repository.haveSameContent(hello, other))
    #expect(try !repository.haveSameContent(stored, other))
    #expect(try repository.named(TreeEntry(.regular, hello)).id == stored)
    #expect(calls.count == 1)
    repository.purpose = .result
    #expect(try repository.makeBlob(size: 6) { Array("hello\n".utf8) } == stored)
  }
}

private final class Calls {
  var count = 0
}

@Test func aCommitIsTheOneThatGitMakes() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("one", ["a": "a\n"])
    try await fixture.commit("two", ["a": "b\n"])
    var repository = try Repository(opening: fixture.path)
    let id = try repository.commitID(named: "two")
    let commit = try repository.commit(id)
    #expect(commit.parents == [try repository.commitID(named: "one")])
    #expect(try repository.make(commit) == id)
  }
}

@Test func annotatedAndLightTagsAndIdsLeadToTheCommit() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("light", ["a": "a\n"])
    try await fixture.git("tag", ["-a", "-m", "annotated", "heavy", "light"])
    let repository = try Repository(opening: fixture.path)
    let id = try repository.commitID(named: "light")
    #expect(try repository.commitID(named: "heavy") == id)
    #expect(try repository.commitID(named: "refs/heads/main") == id)
    #expect(try repository.commitID(named: "\(id)") == id)
    #expect(throws: GitError.self) { try repository.commitID(named: "main") }
  }
}

@Test func referencesMoveTogetherOrNotAtAll() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("one", ["a": "a\n"])
    let repository = try Repository(opening: fixture.path)
    let id = try repository.commitID(named: "one")
    try repository.update([("refs/heads/x/1", id), ("refs/heads/x/2", id)], message: "test")
    #expect(
      try repository.references(under: "refs/heads/x/").map(\.name) == ["refs/heads/x/1", "refs/heads/x/2"])
    // A directory's name cannot be a reference's: the second one fails, the first must not move.
    #expect(throws: GitError.self) {
      try repository.update([("refs/heads/y", id), ("refs/heads/x", id)], message: "test")
    }
    #expect(try repository.target(of: "refs/heads/y") == nil)
    try repository.update([("refs/heads/x/1", nil)], message: "test")
    #expect(try repository.target(of: "refs/heads/x/1") == nil)
  }
}

@Test func aSHA256RepositoryIsRefusedByName() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory, options: ["--object-format=sha256"])
    let error = #expect(throws: GitError.self) { _ = try Repository(opening: fixture.path) }
    #expect(error?.description.contains("SHA-256 repository") == true)
    let missing = #expect(throws: GitError.self) { _ = try Repository(opening: directory) }
    #expect(missing?.description.hasSuffix("is no git repository") == true)
  }
}

@Test(arguments: ["", "/a", "a//b", "a/", "../a", "a/../b", "a/.git/b", ".GIT", "."])
func aPathThatLeavesTheTreeIsRefused(text: String) {
  #expect(TreePath(text) == nil)
}

@Test func mergedTextMarksWhatBothChanged() throws {
  let labels = TextMerge.Labels(base: "base", ours: "ours", theirs: "theirs")
  let text = { (line: String) in Array("1\n2\n\(line)\n4\n".utf8) }
  let clash = try TextMerge(base: text("x"), ours: text("a"), theirs: text("b"), labels: labels)
  #expect(!clash.isClean)
  #expect(
    String(decoding: clash.content, as: UTF8.self)
      == "1\n2\n<<<<<<< ours\na\n||||||| base\nx\n=======\nb\n>>>>>>> theirs\n4\n")
  let literal = try TextMerge(base: text("<<<<<<< x"), ours: text("a"), theirs: text("b"), labels: labels)
  #expect(literal.markerSize == 8)
  #expect(try TextMerge(base: text("x"), ours: text("a"), theirs: text("a"), labels: labels).isClean)
}

private func path(_ text: String) throws -> TreePath { try #require(TreePath(text)) }

@Test func onlyLocksOfTheToolsOwnReferencesAreLeftovers() async throws {
  try await withTemporaryDirectory { directory in
    let fixture = try await GitFixture(in: directory)
    try await fixture.commit("one", ["f": "1\n"])
    try await fixture.commit("two", ["f": "2\n"])
    let repository = try Repository(opening: fixture.path)
    let (one, two) = (try repository.commitID(named: "one"), try repository.commitID(named: "two"))
    for name in ["refs/heads/xip/v1", "refs/xip-rebase/log/x", "refs/heads/mine"] {
      try repository.update([(name, one)], message: "first")
      let lock = fixture.path.appending(".git").pushing(FilePath("\(name).lock"))
      try Files.write([], to: lock)
      if name.hasSuffix("mine") {
        #expect(throws: GitError.self) { try repository.update([(name, two)], message: "second") }
        #expect(Files.exists(lock))
      } else {
        try repository.update([(name, two)], message: "second")
        #expect(try repository.target(of: name) == two)
        #expect(!Files.exists(lock))
      }
    }
  }
}
