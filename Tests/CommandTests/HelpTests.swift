import ArgumentParser
import Host
import SystemPackage
import TestSupport
import Testing

@testable import xip_rebase

#if canImport(Glibc)
  import Glibc
#endif

/// An example of a help text: the command it belongs to, and the line to type.
struct Example: CustomStringConvertible, Sendable {
  let command: String
  let line: String

  var description: String { line }

  /// The examples of all help texts.
  static let all: [Example] = {
    leaves(XIPRebase.self, []).flatMap { name, command in
      command.configuration.discussion.split(separator: "\n").compactMap { line in
        line.hasPrefix("Example: ") ? Example(command: name, line: String(line.dropFirst(9))) : nil
      }
    }
  }()

  /// The commands that have no subcommands, by their names.
  static func leaves(
    _ command: any ParsableCommand.Type, _ path: [String]
  ) -> [(name: String, command: any ParsableCommand.Type)] {
    let children = command.configuration.subcommands
    if children.isEmpty { return [(path.joined(separator: " "), command)] }
    return children.flatMap { leaves($0, path + [$0.configuration.commandName ?? ""]) }
  }

  /// The words behind the tool's name, as a shell hands them over.
  var words: [String] {
    let start = line.firstRange(of: "xip-rebase ")?.upperBound ?? line.endIndex
    return line[start...].prefix { $0 != ">" && $0 != "|" }.replacing("'", with: "").split(separator: " ")
      .map(String.init)
  }

  /// Whether it wants a kernel that was built, or the name of a resolution; those are parsed only.
  var isParsedOnly: Bool {
    ["boot", "verify", "measure", "resolutions show", "resolutions forget"].contains(command)
  }
}

@Test func everyCommandHasAnExampleInItsHelp() {
  let names = Set(Example.all.map(\.command))
  #expect(Example.leaves(XIPRebase.self, []).map(\.name).filter { !names.contains($0) } == [])
}

@Test(arguments: Example.all)
func anExampleIsACommandLine(example: Example) throws {
  let command = try XIPRebase.parseAsRoot(example.words)
  let leaf = Example.leaves(XIPRebase.self, []).first { $0.name == example.command }
  #expect("\(type(of: command))" == leaf.map { "\($0.command)" }, "\(example.line)")
}

/// Each line is typed to a shell in a checkout where what it names is there.
///
/// The kernel does not compile, which is a result.
@Test(arguments: Example.all.filter { !$0.isParsedOnly })
func anExampleRuns(example: Example) async throws {
  try await Checkout.with { checkout in
    try await checkout.prepareForExamples()
    try await checkout.prepare(example.command, example.line)
    var shell = checkout.tool(["XIP_REBASE_SOURCES": "git", "XIP_REBASE_REMOTE": checkout.kernel.path.string])
    shell.program = "sh"
    let run = try await shell.run(["-c", example.line])
    let judges = ["onto", "matrix", "check", "bisect", "continue", "skip", "record compare"]
    let allowed: [Command.Status] =
      example.command == "doctor"
      ? [.exited(0), .exited(3)] : judges.contains(example.command) ? [.exited(0), .exited(1)] : [.exited(0)]
    #expect(allowed.contains(run.status), "\(run.status)\n\(run.text)\(run.errorText)")
  }
}

extension Checkout {
  private static let files = ["arch/mips/Kconfig", "two", "three", "four", "five"]

  /// Makes what the examples name: five patches in the project, releases in the store, one of them in conflict.
  fileprivate func prepareForExamples() async throws {
    let lines = (1...20).map { "line \($0)\n" }.joined()
    var kernel: [String: String] = ["free": "as it was\n"]
    for file in Self.files { kernel[file] = lines }
    let broken = kernel.merging(["five": lines.replacing("line 11\n", with: "line XI\n")]) { $1 }
    for (tag, files) in [
      ("v6.12.38", kernel), ("v6.12.107", kernel), ("v6.17.8", kernel), ("v6.18.15", kernel),
      ("v7.1.13", broken),
    ] {
      try await self.kernel.commit(tag, files)
    }
    let series = project.appending("series")
    try Files.makeDirectory(series)
    var list = "# base: v6.12.38\n"
    for (number, file) in Self.files.enumerated() {
      let name = "000\(number + 1)-change-\(number + 1).patch"
      list += name + "\n"
      let patch = Self.patch.replacing("a/a", with: "a/\(file)").replacing("b/a", with: "b/\(file)")
        .replacing(" a | 2 +-", with: " \(file) | 2 +-")
      try Files.write(Array(patch.utf8), to: series.appending(name))
    }
    try Files.write(Array(list.utf8), to: series.appending("series"))
    try Files.makeDirectory(cache)
    symlink(self.kernel.path.appending(".git").string, cache.appending("trees.git").string)
    symlink(Tool.path, programs.appending("xip-rebase").string)
    _ = try await tool().run(["versions", "--add", "v6.12.107", "v6.18.15", "v7.1.13"])
  }

  /// Brings the checkout into the state in which somebody types `line`.
  fileprivate func prepare(_ command: String, _ line: String) async throws {
    let file = project.appending("conflicts/v7.1.13/0005-change-5.patch/five")
    switch command {
    case "continue", "skip", "abort":
      _ = try await tool().run("onto", "v7.1.13", "--rebase-only")
      if command == "continue" {
        let text = String(decoding: try Files.read(file), as: UTF8.self)
        let marked = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = marked.firstIndex { $0.hasPrefix("<<<<<<<") } ?? 0
        let end = marked.firstIndex { $0.hasPrefix(">>>>>>>") } ?? 0
        let settled = marked[..<start] + ["line eleven"] + marked[(end + 1)...]
        try Files.write(Array(settled.joined(separator: "\n").utf8), to: file)
      }
    case "undo": _ = try await tool().run("drop", "3")
    case "edit":
      try Files.write(Array("Another message\n\nWhy.\n".utf8), to: project.appending("new-message.txt"))
    case "new":
      // A tree of the user's own, with a change that is not committed.
      let git = ["-C", project.string, "-c", "user.name=A", "-c", "user.email=a@example.com"]
      try Files.write(Array("as it was\n".utf8), to: project.appending("free"))
      for arguments in [["init", "-q"], ["add", "free"], ["commit", "-q", "-m", "free"]] {
        _ = try await Command("git", git + arguments, environment: GitFixture.sealed(home: directory))
          .output()
      }
      try Files.write(Array("as it is\n".utf8), to: project.appending("free"))
    case "record merge", "record compare":
      for name in ["shard-1.json", "shard-2.json", "earlier.json"] {
        try Files.write(try Files.read(record), to: project.appending(name))
      }
    default: break
    }
  }
}
