import Host
import SystemPackage
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// A checkout of the project in a directory of its own, with a two-file kernel of two releases beside it.
struct Checkout: Sendable {
  let directory: FilePath
  let kernel: GitFixture

  var project: FilePath { directory.appending("project") }
  var series: FilePath { directory.appending("series") }
  var record: FilePath { project.appending("kernel-versions.json") }
  var cache: FilePath { directory.appending("cache").appending("xip-rebase") }
  /// Where stand-ins for the machine's programs go, first in `PATH`.
  var programs: FilePath { directory.appending("programs") }

  /// Calls `body` with a checkout that is removed afterwards.
  static func with<Result>(_ body: (Checkout) async throws -> Result) async throws -> Result {
    try await withTemporaryDirectory { directory in
      let checkout = Checkout(directory: directory, kernel: try await GitFixture(in: directory))
      for path in [checkout.project, checkout.series, checkout.programs] { try Files.makeDirectory(path) }
      for name in ["boards", "config", "measure", "shim", "userspace", "packages.txt"] {
        symlink(Tool.project.appending(name).string, checkout.project.appending(name).string)
      }
      try Files.write(Array(#"{"schema": 1, "versions": []}"#.utf8), to: checkout.record)
      let lines = (1...20).map { "line \($0)\n" }
      try await checkout.kernel.commit(
        "v6.12.38",
        ["a": lines.joined(), "b": "b\n", "arch/mips/configs/malta_defconfig": "CONFIG_MIPS_MALTA=y\n"])
      try await checkout.kernel.commit("v6.12.107", ["b": "changed\n"])
      try Files.write(Array("# base: v6.12.38\none.patch\n".utf8), to: checkout.series.appending("series"))
      try Files.write(Array(patch.utf8), to: checkout.series.appending("one.patch"))
      return try await body(checkout)
    }
  }

  /// Runs the tool on the two-file kernel, with all sources out of reach.
  func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Command.Completion {
    try await tool(environment).run(arguments + ownKernel)
  }

  /// The tool as started in the project, with all sources out of reach but for what `environment` changes.
  func tool(_ environment: [String: String] = [:]) -> Tool {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let nowhere = directory.appending("nowhere").string
    let sealed = [
      "PATH": "\(programs):\(path)", "XIP_REBASE_REMOTE": nowhere,
      "XIP_REBASE_KERNEL_ORG": "file://\(nowhere)", "XIP_REBASE_ANSWER_SECONDS": "3600",
    ]
    return Tool(in: project, home: directory, environment: sealed.merging(environment) { $1 })
  }

  /// The options that name the two-file kernel and its series.
  var ownKernel: [String] { ["--repo", kernel.path.string, "--series", series.string] }

  /// Puts a shell script in the place of the program `name`.
  func write(_ name: String, _ script: String) throws {
    try Files.write(
      Array("#!/bin/sh\n\(script)\n".utf8), to: programs.appending(name),
      mode: [.ownerReadWriteExecute, .groupReadExecute])
  }

  /// Returns a `PATH` with the machine's programs but those whose names contain one of `names`.
  func path(without names: String...) throws -> String {
    let directory = directory.appending("path")
    try Files.makeDirectory(directory)
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    for place in path.split(separator: ":") {
      for program in (try? Files.list(FilePath(String(place)))) ?? []
      where !names.contains(where: program.contains) {
        symlink("\(place)/\(program)", directory.appending(program).string)
      }
    }
    return directory.string
  }

  static let patch = """
    From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
    From: A U Thor <author@example.com>
    Date: Sat, 12 Jul 2025 08:00:00 +0000
    Subject: [PATCH] Change a line

    Signed-off-by: A U Thor <author@example.com>
    ---
     a | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)

    --- a/a
    +++ b/a
    @@ -8,7 +8,7 @@
     line 8
     line 9
     line 10
    -line 11
    +line eleven
     line 12
     line 13
     line 14

    """
}

extension Command.Completion {
  var text: String { String(decoding: output, as: UTF8.self) }
  var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}
