import Host
import SystemPackage
import TestSupport
import Testing

/// A command that changes something, with all that it needs.
struct Scenario: Sendable, CustomTestStringConvertible {
  /// What it is called.
  let name: String
  /// The exit code of a run that nothing disturbs.
  var status: Int32 = 0
  /// Whether a second run does what is left of the first, rather than the same once more.
  var isRepeatable = true
  /// Whether all of it happens at one moment.
  var isAtOnce = true
  /// Where trees come from.
  var environment: @Sendable (Checkout) -> [String: String] = { _ in [:] }
  /// Makes all that the command needs, and returns its arguments.
  let prepare: @Sendable (Checkout) async throws -> [String]

  var testDescription: String { name }
}

extension Scenario {
  /// Every way in which the tool writes.
  static let all: [Scenario] =
    [
      fetchTarball, fetchTag, rebase, settled, givenUp, refresh, drop, reorder, undo, edit, editDone, merge,
      list,
    ]
    + (canCrossBuild ? [matrix] : [])

  /// A tarball from a stand-in for kernel.org, into a store that has one already.
  static let fetchTarball = Scenario(
    name: "fetch a tarball",
    environment: {
      ["XIP_REBASE_SOURCES": "kernel.org", "XIP_REBASE_KERNEL_ORG": "file://\($0.directory)/mirror"]
    }
  ) { checkout in
    try await checkout.makeStore("6.12.39")
    _ = try await checkout.mirror("6.12.40", size: 1 << 16)
    return ["fetch", "v6.12.40"]
  }

  /// A tag from a git remote.
  static let fetchTag = Scenario(
    name: "fetch a tag",
    environment: {
      ["XIP_REBASE_SOURCES": "git", "XIP_REBASE_REMOTE": "file://\($0.kernel.path)"]
    }
  ) { checkout in
    try await checkout.makeStore("6.12.39")
    let makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 50\nEXTRAVERSION =\n"
    try await checkout.kernel.commit("v6.12.50", ["Makefile": makefile])
    return ["fetch", "v6.12.50"]
  }

  /// A release that is clean, and one that leaves its conflicts in a folder.
  static let rebase = Scenario(name: "rebase", status: 1) { checkout in
    try await checkout.conflict("v6.13")
    return ["onto", "v6.12.107", "v6.13", "--rebase-only"] + checkout.ownKernel
  }

  static let settled = Scenario(name: "continue", isRepeatable: false, isAtOnce: false) { checkout in
    try await checkout.stop()
    try checkout.settle(checkout.project.appending("conflicts/v6.13/one.patch/a"), "line eleven XI\n")
    return ["continue"]
  }

  static let givenUp = Scenario(name: "abort", isRepeatable: false) { checkout in
    try await checkout.stop()
    return ["abort"]
  }

  static let refresh = Scenario(name: "refresh", isRepeatable: false) { checkout in
    try checkout.addPatches()
    return ["refresh", "v6.12.38", "--cover-letter", "--to", "\(checkout.directory)/out"] + checkout.ownKernel
  }

  static let drop = Scenario(name: "drop", isRepeatable: false) { checkout in
    try checkout.addPatches()
    return ["drop", "three", "two"] + checkout.ownKernel
  }

  static let reorder = Scenario(name: "reorder", isRepeatable: false) { checkout in
    try checkout.addPatches()
    return ["reorder", "one", "--last"] + checkout.ownKernel
  }

  static let undo = Scenario(name: "undo", isRepeatable: false) { checkout in
    try checkout.addPatches()
    _ = try await checkout.run("drop", "three", "two")
    return ["undo"] + checkout.ownKernel
  }

  static let edit = Scenario(name: "edit", isRepeatable: false) { checkout in
    ["edit", "one"] + checkout.ownKernel
  }

  static let editDone = Scenario(name: "continue an edit", isRepeatable: false) { checkout in
    try checkout.addPatches()
    _ = try await checkout.run("edit", "two")
    let file = checkout.project.appending("conflicts/edit/files/b")
    try Files.write(Array("b\ntwo\nand a half\n".utf8), to: file)
    return ["continue"]
  }

  static let merge = Scenario(name: "record merge") { checkout in
    let other = checkout.directory.appending("other.json")
    try Files.write(try await madeUpRecord(5), to: other)
    return ["record", "merge", other.string]
  }

  static let list = Scenario(name: "versions --add") { _ in
    ["versions", "--add", "v6.12.38", "v6.12.107"]
  }

  /// Two small kernels, compiled, laid out and booted in a stand-in for QEMU.
  static let matrix = Scenario(name: "matrix") { checkout in
    try await checkout.makeKernels(["v6.12.107", "v6.13"])
    return ["matrix", "v6.12.107", "v6.13", "--toolchain", "gcc", "--until", "booted"] + checkout.ownKernel
  }
}

/// Returns a record of that many versions with a cell of every kind.
func madeUpRecord(_ count: Int) async throws -> [UInt8] {
  let program = Tool.project.appending("Tests/Judges/record.py").string
  return try await Command("python3", [program, "\(count)"]).output()
}

extension Checkout {
  /// Makes the cache's own store, with the tree of `version` in it.
  fileprivate func makeStore(_ version: String) async throws {
    let mirror = try await mirror(version, size: 64)
    let sources = ["XIP_REBASE_SOURCES": "kernel.org", "XIP_REBASE_KERNEL_ORG": mirror]
    let run = try await tool(sources).run("fetch", "v\(version)")
    #expect(run.status == .exited(0), "\(run.errorText)")
  }

  /// Leaves a rebase onto v6.13 waiting.
  fileprivate func stop() async throws {
    try await conflict("v6.13")
    _ = try await run("onto", "v6.13", "--rebase-only")
  }
}
