import Host
import SystemPackage
import TestSupport
import Testing

@testable import VersionMatrix

/// Calls `body` with a project of three small files and the key of a result on it.
private func withProject(_ body: (Project, () throws -> String) async throws -> Void) async throws {
  try await withTemporaryDirectory { directory in
    let project = Project(root: directory)
    for (path, name) in [
      (project.shim, "shim.S"), (project.userspace, "init.c"), (project.configuration, "malta.config"),
    ] {
      try Files.makeDirectory(path)
      try Files.write(Array(name.utf8), to: path.appending(name))
    }
    var result = VersionResult(version: "v6.12.107", toolchain: "gcc", series: "s", date: "")
    result.tree = "t"
    let fixed = result
    try await body(project) { try ContentKey(fixed, project).hex }
  }
}

@Test func theSameContentHasTheSameKey() async throws {
  try await withProject { _, key in
    let once = try key()
    #expect(once.count == 64)
    #expect(try key() == once)
  }
}

@Test(arguments: ["shim/shim.S", "userspace/init.c", "config/malta.config", "config/new.config"])
func everyInputChangesTheKey(input: String) async throws {
  try await withProject { project, key in
    let before = try key()
    try Files.write(Array("other".utf8), to: project.root.pushing(FilePath(input)))
    #expect(try key() != before)
  }
}

@Test func textsForPeopleAndTheTestModuleDoNotChangeTheKey() async throws {
  try await withProject { project, key in
    let before = try key()
    try Files.write(Array("text".utf8), to: project.userspace.appending("README.md"))
    try Files.makeDirectory(project.userspace.appending("test-module"))
    #expect(try key() == before)
  }
}

@Test func theSeriesChangesTheKeyAndTheNameOfTheColumnDoesNot() async throws {
  try await withTemporaryDirectory { directory in
    let project = Project(root: directory)
    for path in [project.shim, project.userspace, project.configuration] { try Files.makeDirectory(path) }
    let result = VersionResult(version: "v6.12.107", toolchain: "gcc", series: "s", date: "")
    let key = try ContentKey(result, project).hex
    var renamed = result
    renamed.toolchain = "other"
    #expect(try ContentKey(renamed, project).hex == key)
    var changed = result
    changed.series = "other"
    #expect(try ContentKey(changed, project).hex != key)
  }
}
