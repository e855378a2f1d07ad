import ArgumentParser
import Host
import SystemPackage
import TestSupport
import Testing

@testable import xip_rebase

#if canImport(Glibc)
  import Glibc
#endif

// What a person's shell has of the tool: completions, manual, colours and exit codes.

@Test(arguments: ["bash", "zsh", "fish"])
func theCompletionsAreGoodForTheShell(shell: String) async throws {
  try await Checkout.with { checkout in
    let script = try await checkout.tool().run("--generate-completion-script", shell)
    #expect(script.status == .exited(0) && script.text.contains("xip-rebase"))
    guard Command(shell).resolved() != nil else { return }
    let file = checkout.directory.appending("script")
    try Files.write(script.output, to: file)
    let check = try await Command(shell, ["-n", file.string]).completion()
    #expect(check.status == .exited(0), "\(check.errorText)")
  }
}

@Test func bashCompletesCommandsVersionsRungsAndPatches() async throws {
  try await Checkout.with { checkout in
    symlink(Tool.path, checkout.programs.appending("xip-rebase").string)
    symlink(checkout.series.string, checkout.project.appending("series").string)
    _ = try await checkout.tool().run("versions", "--add", "v6.12.38", "v6.12.107", "v7.1.13")
    let script = """
      . <(xip-rebase --generate-completion-script bash)
      while read -r line; do
        # A word that is not begun yet stands as a dash below.
        read -ra words <<<"$line"; last=${#words[@]}
        COMPREPLY=(); COMP_CWORD=$last
        COMP_WORDS=(xip-rebase "${words[@]}"); [ "${words[last - 1]}" = - ] && COMP_WORDS[last]=
        COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
        _xip-rebase xip-rebase "${COMP_WORDS[last]}" "${COMP_WORDS[last - 1]}"
        echo "${COMPREPLY[*]}"
      done
      """
    let cases = [
      ("bi", "bisect"), ("matrix v6", "v6.12.107 v6.12.38"), ("report l", "lts latest"),
      ("onto --until b", "booted"), ("onto --toolchain -", "gcc clang"), ("onto --byte-order b", "big"),
      ("drop o", "one.patch"), ("matrix --sh", "--shard"),
    ]
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let bash = Command(
      "bash", ["-c", script],
      environment: ["PATH": "\(checkout.programs):\(path)", "HOME": checkout.directory.string],
      in: checkout.project)
    let answers = try await bash.output(input: Array(cases.map { $0.0 + "\n" }.joined().utf8))
    #expect(String(decoding: answers, as: UTF8.self) == cases.map { $0.1 + "\n" }.joined())
    // Outside a checkout nothing is listed, and nothing fails.
    let outside = try await Tool(in: checkout.directory, home: checkout.directory)
      .run("---completion", "matrix", "--", "positional@0", "2", "0", "matrix", "")
    #expect(outside.status == .exited(0) && outside.text.hasPrefix("lts\nlatest"), "\(outside.errorText)")
  }
}

@Test func theManualHasAPageForEachCommandAndNoMistakes() async throws {
  try await Checkout.with { checkout in
    let directory = checkout.directory.appending("man")
    #expect(try await checkout.tool().run("manual", directory.string).status == .exited(0))
    let commands = Example.leaves(XIPRebase.self, []).filter { $0.command.configuration.shouldDisplay }
    let names = commands.map { "xip-rebase-\($0.name.replacing(" ", with: "-")).1" } + ["xip-rebase.1"]
    #expect(try Files.list(directory).sorted() == names.sorted())
    let files = names.map { directory.appending($0).string }
    let judges = [
      ("mandoc", ["-Tlint", "-Wwarning"] + files),
      ("groff", ["-mandoc", "-ww", "-z", "-Tutf8", "-rF0"] + files),
    ]
    for (program, arguments) in judges where Command(program).resolved() != nil {
      let run = try await Command(program, arguments, environment: ["LC_ALL": "C"]).completion()
      #expect(
        run.status == .exited(0) && run.text.isEmpty && run.errorText.isEmpty, "\(run.text)\(run.errorText)")
    }
    let page = String(decoding: try Files.read(directory.appending("xip-rebase-bisect.1")), as: UTF8.self)
    #expect(page.contains("\n.It Fl -until Ar until\n") && page.contains("\n.Sh EXAMPLES\n"))
  }
}

@Test func whatIsInstalledIsWhereShellsAndManLook() async throws {
  try await withTemporaryDirectory { directory in
    let root = directory.appending("root")
    let make = Command(
      "make",
      [
        "-s", "-o", "build", "install", "tool=\(Tool.path)", "manual=\(directory)/man", "DESTDIR=\(root)",
        "PREFIX=/usr",
      ],
      environment: ["MAKEFLAGS": nil, "MAKELEVEL": nil], in: Tool.project)
    let run = try await make.completion()
    #expect(run.status == .exited(0), "\(run.errorText)")
    for path in [
      "bin/xip-rebase", "share/man/man1/xip-rebase.1", "share/man/man1/xip-rebase-record-merge.1",
      "share/bash-completion/completions/xip-rebase", "share/zsh/site-functions/_xip-rebase",
      "share/fish/vendor_completions.d/xip-rebase.fish",
    ] {
      #expect(Files.exists(root.appending("usr").pushing(FilePath(path))), "\(path)")
    }
  }
}

@Test func eachExitCodeIsWhatTheContractSays() async throws {
  try await Checkout.with { checkout in
    try await checkout.conflict("v6.13")
    let tool = checkout.tool(["XIP_REBASE_SOURCES": "git"])
    let own = checkout.ownKernel
    for (arguments, code) in [
      (["check", "v6.12.107"] + own, 0), (["check", "--help"], 0), (["check"] + own, 1),
      (["refresh", "v6.13"] + own, 1), (["check", "--no-such-option"], 2), (["check", "six"] + own, 2),
      (["check", "--series", "nowhere", "--repo", checkout.kernel.path.string], 2),
      (["check", "8.0.*"] + own, 2), (["check", "v9.9"] + own, 3),
      (["fetch", "v9.9", "--repo", checkout.kernel.path.string], 3),
    ] as [([String], Int32)] {
      let run = try await tool.run(arguments)
      #expect(run.status == .exited(code), "\(arguments)\n\(run.text)\(run.errorText)")
    }
    try Files.write(Array("{".utf8), to: checkout.record)
    #expect(try await tool.run(["report"]).status == .exited(2))
    try Files.write(Array(#"{"schema": 1, "versions": []}"#.utf8), to: checkout.record)
    try checkout.write("make", "sleep 600 & wait")
    let run = try await tool.run(["onto", "v6.12.107"] + own, sending: SIGINT, at: "compiling")
    #expect(run.status == .exited(130), "\(run.text)")
  }
}

@Test func doctorAndFetchPrintTheJSONThatIsAskedFor() async throws {
  try await Checkout.with { checkout in
    let doctor = try await checkout.tool(["PATH": checkout.path(without: "bison")]).run("doctor", "--json")
    #expect(doctor.status == .exited(3))
    let fetch = try await checkout.tool().run(
      "fetch", "v6.12.107", "--json", "--repo", checkout.kernel.path.string)
    #expect(fetch.status == .exited(0))
    let program = """
      import json, sys
      doctor, fetch = (json.loads(text) for text in sys.stdin.read().split("\\0"))
      print(*sorted(doctor), *sorted(doctor["packages"][0]))
      print([p["name"] for p in doctor["packages"] if p["probe"] == "bison" and not p["isInstalled"]])
      print(doctor["command"].split()[-1] in [p["name"] for p in doctor["packages"]])
      print(*sorted(fetch), *sorted(fetch["trees"][0]), fetch["trees"][0]["version"])
      """
    let shape = try await Command("python3", ["-c", program])
      .output(input: doctor.output + [0] + fetch.output)
    #expect(
      String(decoding: shape, as: UTF8.self) == """
        command packages schema isInstalled name probe purpose
        ['bison']
        True
        schema trees commit tree version v6.12.107

        """)
  }
}

@Test func colourIsForWhoWantsIt() async throws {
  try await Checkout.with { checkout in
    let escape = "\u{1b}["
    let arguments = ["check", "v6.12.107"] + checkout.ownKernel
    #expect(!(try await checkout.tool().run(arguments).text.contains(escape)))
    let always = try await checkout.tool(["NO_COLOR": "1"]).run(arguments + ["--color", "always"])
    #expect(always.text.contains(escape))
    // script(1) makes a terminal.
    guard Command("script").resolved() != nil else { return }
    for (name, value, isColoured) in [
      ("NO_COLOR", "1", false), ("NO_COLOR", "", true), ("TERM", "dumb", false),
    ] {
      var terminal = checkout.tool(["TERM": "xterm"].merging([name: value]) { $1 })
      terminal.program = "script"
      let line = ([Tool.path] + arguments).joined(separator: " ")
      let run = try await terminal.run(["-qec", line, "/dev/null"])
      #expect(run.status == .exited(0) && run.text.contains("v6.12.107"), "\(run.text)\(run.errorText)")
      #expect(run.text.contains(escape) == isColoured, "\(name)=\(value)")
    }
  }
}

/// Every command and option is in docs/commands.md, and every option there is one.
@Test func theDocumentationHasEveryCommandAndOption() throws {
  let text = String(decoding: try Files.read(Tool.project.appending("docs/commands.md")), as: UTF8.self)
  let words = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init))
  var options: Set<String> = ["--help", "--generate-completion-script"]
  var missing: [String] = []
  for (name, command) in Example.leaves(XIPRebase.self, []) where command.configuration.shouldDisplay {
    if !text.contains("xip-rebase \(name)") && !text.contains("`\(name)`") { missing.append(name) }
    let help = XIPRebase.helpMessage(for: command, columns: 10_000)
    for option in help.split(whereSeparator: { " \n[],./<>();".contains($0) }) where option.hasPrefix("--") {
      options.insert(String(option))
      if !words.contains(String(option)) { missing.append("\(name) \(option)") }
    }
  }
  #expect(missing == [])
  // An option of git's is named too.
  let foreign: Set<String> = ["--depth"]
  let gone = words.filter { $0.hasPrefix("--") && $0.count > 3 }.subtracting(options).subtracting(foreign)
  #expect(gone == [])
}
