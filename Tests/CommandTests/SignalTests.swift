import Host
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Signals to the tool on a terminal, while a small kernel compiles or boots.
@Suite(.enabled(if: canCrossBuild, "needs the cross compiler")) struct SignalTests {
  /// A compiler that does not end, and whose processes ignore what asks them to.
  ///
  /// One of them has a session of its own where the build has processes of its own: nothing else finds that one.
  private func hold(_ checkout: Checkout) async throws {
    let endless = #"trap "" TERM INT HUP; : >"$1"; while :; do sleep 600; done"#
    let deaf = "sh -c '\(endless)' '\(checkout.directory)'"
    var script = "\(deaf) \"$PWD/started\" & wait\n"
    if case .bubblewrap = await Confinement.find() {
      script = "(setsid \(deaf) \"$PWD/away\" &)\nuntil [ -e away ]; do :; done\n" + script
    }
    try checkout.hook("hold-v6.12.50", script)
  }

  private func run(_ checkout: Checkout, _ signals: Int32...) async throws -> Tool.TerminalRun {
    try await checkout.tool().run(
      ["onto", "v6.12.50"] + checkout.ownKernel, onTerminalOf: 80, 12, sending: signals,
      when: checkout.objects.appending("started"))
  }

  /// Whether `text` leaves nothing but whole lines on a terminal, and the cursor shown.
  private func isTidy(_ text: String) -> Bool {
    var terminal = Terminal(columns: 80, lines: 12)
    terminal.write(text)
    return terminal.isCursorShown && !terminal.text.contains("compiling") && !terminal.text.contains(" of ~")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalEndsEveryProcessRestoresTheTerminalAndTheNextRunGoesOn(signal: Int32) async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.50"])
      try await hold(checkout)
      let run = try await run(checkout, signal)
      #expect(run.status == .exited(128 + signal), "\(run.text)")
      #expect(run.text.contains("interrupted, ending what runs"), "\(run.text)")
      #expect(run.isRestored)
      #expect(isTidy(run.text), "\(run.text)")
      #expect(try !checkout.hasCompiler())
      #expect(try !String(decoding: Files.read(checkout.record), as: UTF8.self).contains("verdict"))

      try Files.remove(checkout.programs.appending("hold-v6.12.50"))
      let again = try await checkout.run("onto", "v6.12.50", "--until", "booted")
      #expect(again.status == .exited(0), "\(again.errorText)")
      // What was compiled before stays so.
      #expect(checkout.lines("compiled").filter { $0 == "v6.12.50 one" }.count == 1)
    }
  }

  @Test func aSecondSignalEndsTheToolAtOnce() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.50"])
      try await hold(checkout)
      let run = try await run(checkout, SIGINT, SIGTERM)
      #expect(run.status == .exited(143) || run.status == .exited(130), "\(run.text)")
      #expect(run.isRestored)
      #expect(isTidy(run.text), "\(run.text)")
      try await checkout.untilNoCompiler()
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalDuringABootEndsQEMU(signal: Int32) async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(
        ["v6.12.50"],
        booting: """
          $SIG{TERM} = $SIG{INT} = $SIG{HUP} = 'IGNORE';
          start(); console("Linux version 6.12.50\\n"); open(my $m, '>', "$here/on"); close $m; hang();
          """)
      let run = try await checkout.tool().run(
        ["onto", "v6.12.50"] + checkout.ownKernel, onTerminalOf: 80, 12, sending: [signal],
        when: checkout.programs.appending("on"))
      #expect(run.status == .exited(128 + signal), "\(run.text)")
      #expect(run.isRestored && isTidy(run.text), "\(run.text)")
      #expect(try !hasProcess(naming: checkout.programs.appending("qemu-system-mipsel").string))
      // The kernel is not built again.
      let linked = checkout.lines("linked").count
      try checkout.bootAs()
      let again = try await checkout.run("onto", "v6.12.50", "--until", "booted")
      #expect(again.status == .exited(0), "\(again.errorText)")
      #expect(checkout.lines("linked").count == linked)
    }
  }

  @Test func aSignalThatWasIgnoredStaysSo() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.50"])
      try await hold(checkout)
      // As behind nohup.
      var tool = checkout.tool()
      try checkout.write("deaf", "trap '' HUP; exec '\(tool.program)' \"$@\"")
      tool.program = checkout.programs.appending("deaf").string
      let run = try await tool.run(
        ["onto", "v6.12.50"] + checkout.ownKernel, onTerminalOf: 80, 12, sending: [SIGHUP, SIGTERM],
        when: checkout.objects.appending("started"))
      #expect(run.status == .exited(143), "\(run.text)")
      try await checkout.untilNoCompiler()
    }
  }
}

/// Whether a process has `word` among its arguments.
private func hasProcess(naming word: String) throws -> Bool {
  for process in try Files.list("/proc") where process.allSatisfy(\.isNumber) {
    guard let line = try? Files.read(FilePath("/proc/\(process)/cmdline")) else { continue }
    if line.split(separator: 0).contains(where: { $0.elementsEqual(word.utf8) }) { return true }
  }
  return false
}
