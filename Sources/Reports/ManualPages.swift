#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The tool's manual, a page for each command, in the mdoc language of `man`.
public struct ManualPages: Sendable {
  /// The text of each page by the name of its file, such as `xip-rebase-check.1`.
  public let pages: [String: String]

  /// Makes the pages of what the command line parser says of itself.
  ///
  /// - Parameters:
  ///   - help: The JSON that `--experimental-dump-help` prints.
  ///   - date: The date of the pages, such as `November 21, 2026`.
  /// - Throws: `DecodingError` when it is of another form.
  public init(help: String, date: String) throws {
    let tool = try JSONDecoder().decode(Tool.self, from: Data(help.utf8)).command
    let commands = tool.leaves([])
    var pages: [String: String] = [:]
    for (path, command) in commands {
      pages["\(path.joined(separator: "-")).1"] = Self.page(path, command, see: [tool.commandName], date)
    }
    pages["\(tool.commandName).1"] = Self.overview(tool, commands, date)
    self.pages = pages
  }

  private static func overview(_ tool: Command, _ commands: [([String], Command)], _ date: String) -> String {
    var page = head([tool.commandName], tool.abstract ?? "", date)
    page.line(".Sh SYNOPSIS")
    page.line(".Nm")
    page.line(".Ar command")
    page.line(".Op Ar argument ...")
    page.line(".Sh DESCRIPTION")
    page.paragraphs(tool.discussion ?? "")
    page.line(".Ss Commands")
    page.line(".Bl -tag -width Ds")
    for (path, command) in commands {
      page.line(".It Xr \(path.joined(separator: "-")) 1")
      page.sentences(command.abstract ?? "")
    }
    page.line(".El")
    page.line(".Sh ENVIRONMENT")
    page.line(".Bl -tag -width Ds")
    for (name, text) in environment {
      page.line(".It Ev \(name)")
      page.sentences(text)
    }
    page.line(".El")
    page.exitStatus()
    page.line(".Sh SEE ALSO")
    page.line(".Xr git 1 ,")
    page.line(".Xr quilt 1")
    return page.text
  }

  private static func page(_ path: [String], _ command: Command, see: [String], _ date: String) -> String {
    var page = head(path, command.abstract ?? "", date)
    let arguments = (command.arguments ?? []).filter { $0.shouldDisplay ?? true && $0.name != "help" }
    page.line(".Sh SYNOPSIS")
    page.line(".Nm \(path.joined(separator: " "))")
    for argument in arguments {
      page.line(argument.isOptional ? ".Op \(argument.usage)" : ".\(argument.usage)")
    }
    page.line(".Sh DESCRIPTION")
    let discussion = (command.discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    let examples = discussion.filter { $0.hasPrefix(example) }.map { $0.dropFirst(example.count) }
    page.sentences(command.abstract ?? "")
    let text = discussion.filter { !$0.hasPrefix(example) }.joined(separator: "\n")
    if text.contains(where: { !$0.isWhitespace }) {
      page.line(".Pp")
      page.paragraphs(text)
    }
    if !arguments.isEmpty {
      page.line(".Bl -tag -width Ds")
      for argument in arguments {
        page.line(".It \(argument.usage)")
        page.sentences(argument.abstract ?? "")
        if let more = argument.discussion { page.sentences(more) }
        if let value = argument.defaultValue { page.sentences("Default: \(value).") }
      }
      page.line(".El")
    }
    page.exitStatus()
    if !examples.isEmpty {
      page.line(".Sh EXAMPLES")
      page.line(".Bd -literal -offset indent")
      for example in examples { page.text += MDoc.escaped(example) + "\n" }
      page.line(".Ed")
    }
    page.line(".Sh SEE ALSO")
    for name in see { page.line(".Xr \(name) 1") }
    return page.text
  }

  private static func head(_ path: [String], _ abstract: String, _ date: String) -> MDoc {
    var page = MDoc()
    let name = path.joined(separator: "-")
    page.line(".Dd \(date)")
    page.line(".Dt \(name.uppercased()) 1")
    page.line(".Os")
    page.line(".Sh NAME")
    page.line(".Nm \(name)")
    // The description is part of a sentence.
    page.line(
      ".Nd \(MDoc.escaped(abstract.prefix(1).lowercased() + abstract.dropFirst().prefix { $0 != "." }))")
    return page
  }

  private static let example = "Example: "

  private static let environment = [
    ("XDG_CACHE_HOME", "Where the store, downloads, work directory and built kernels lie, in xip-rebase."),
    ("XIP_REBASE_SOURCES", "The sources of kernel trees and their order: git,kernel.org,debian."),
    ("XIP_REBASE_REMOTE", "A git remote in place of the stable tree."),
    ("XIP_REBASE_KERNEL_ORG", "A mirror of pub/linux/kernel."),
    ("XIP_REBASE_ANSWER_SECONDS", "How long a git remote, or a Debian mirror, may take to answer; 8."),
    ("NO_COLOR", "When set and not empty, nothing is coloured unless --color always asks for it."),
  ]
}

/// Text in the mdoc language.
private struct MDoc {
  var text = ""

  mutating func line(_ line: String) { text += line + "\n" }

  /// Adds running text, each sentence on a line of its own, as `man` wants it.
  mutating func sentences(_ running: some StringProtocol) {
    for sentence in String(running).replacing(". ", with: ".\n").split(separator: "\n") {
      line(Self.escaped(sentence))
    }
  }

  /// Adds paragraphs that empty lines separate.
  mutating func paragraphs(_ running: String) {
    var isFirst = true
    for paragraph in running.split(separator: "\n\n") where paragraph.contains(where: { !$0.isWhitespace }) {
      if !isFirst { line(".Pp") }
      isFirst = false
      sentences(paragraph)
    }
  }

  mutating func exitStatus() {
    line(".Sh EXIT STATUS")
    line(".Bl -tag -width Ds -compact")
    for (code, meaning) in [
      ("0", "All passed."), ("1", "A version failed, or the stack does not allow the change."),
      ("2", "Usage: the command line, or a file that a user wrote."),
      ("3", "Infrastructure: a missing tool, no network, a full disk."),
      ("130", "Interrupted by SIGINT; 143 by SIGTERM, 129 by SIGHUP."),
    ] {
      line(".It \(code)")
      line(meaning)
    }
    line(".El")
  }

  /// Returns a line of text that neither starts a macro nor has an escape in it.
  static func escaped(_ line: some StringProtocol) -> String {
    let text = String(line).replacing("\\", with: "\\e")
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }
}

private struct Tool: Decodable {
  let command: Command
}

private struct Command: Decodable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool?
  let arguments: [Argument]?
  let subcommands: [Command]?

  /// The commands that have no subcommands, each with its names from the tool's on.
  func leaves(_ path: [String]) -> [([String], Command)] {
    let path = path + [commandName]
    guard let subcommands else { return [(path, self)] }
    return subcommands.filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
      .flatMap { $0.leaves(path) }
  }
}

private struct Argument: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String
  }

  let kind: String
  let abstract: String?
  let discussion: String?
  let defaultValue: String?
  let isOptional: Bool
  let isRepeating: Bool
  let shouldDisplay: Bool?
  let names: [Name]?
  let preferredName: Name?
  let valueName: String?

  var name: String? { preferredName?.name }

  /// The argument in mdoc, as a macro without its dot: `Fl -until Ar until`, `Ar version ...`.
  var usage: String {
    let value = "Ar \(valueName ?? "value")\(isRepeating ? " ..." : "")"
    guard kind != "positional" else { return value }
    let flags = (names ?? []).sorted { $0.name.count < $1.name.count }
      .map { $0.kind == "long" ? "Fl -\($0.name)" : "Fl \($0.name)" }
    return flags.joined(separator: " , ") + (kind == "flag" ? "" : " \(value)")
  }
}
