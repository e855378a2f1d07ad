import Host
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import XIPKernel

@Suite(.enabled(if: canCrossBuild, "no MIPS cross compiler"))
struct KernelBuildTests {
  private func building<Result>(
    compiling: String = "echo '  CC      init/main.o'; echo '  LD      vmlinux'", configuring: String = "cat",
    ahead: String = "echo \"  CC      $1\"", _ body: (FakeKernelTree) async throws -> Result
  ) async throws -> Result {
    try await withTemporaryDirectory { directory in
      try await body(
        FakeKernelTree(in: directory, compiling: compiling, ahead: ahead, configuring: configuring))
    }
  }

  private func failure(_ tree: FakeKernelTree) async -> XIPKernelError? {
    await #expect(throws: XIPKernelError.self) { try await tree.build.run(progress: .silent) }
  }

  @Test func bothKernelsAreBuiltFromOneTree() async throws {
    try await building { tree in
      let built = try await tree.build.run(progress: .silent)
      let xip = try read(built.files.vmlinux(.xip))
      #expect(xip.contains("CONFIG_XIP_KERNEL=y\n"))
      #expect(xip.contains("CONFIG_PREEMPT=y\n"))
      #expect(xip.contains("# CONFIG_CPU_BIG_ENDIAN is not set\n"))
      #expect(xip.contains("CONFIG_INITRAMFS_SOURCE=\"xip-initramfs.list\"\n"))
      let twin = try read(built.files.vmlinux(.twin))
      #expect(twin.contains("# CONFIG_XIP_KERNEL is not set\n"))
      #expect(!twin.contains("XIP_PHYS_ADDR"))
      #expect(built.address == Address(0x1e00_1000))
      #expect(built.objects == [.xip: 2, .twin: 2])
      #expect(try read(tree.objects.appending("xip-initramfs.list")) == "file /init xip-init 0755 0 0\n")
      #expect(try read(built.files.buildLog(.xip)).contains("KBUILD_BUILD_HOST=xip-rebase"))
    }
  }

  @Test func makefilesThatWriteElsewhereFailWhenConfined() async throws {
    // It runs in objects/gcc-little.
    try await building(compiling: "echo stray >../../stray; echo '  CC      a.o'") { tree in
      _ = try await tree.build.run(progress: .silent)
      let stray = tree.directory.appending("stray")
      #expect(Files.exists(stray))
      try Files.remove(stray)
      let confinement = await Confinement.find()
      guard case .bubblewrap = confinement else { return }
      var confined = tree
      confined.confinement = confinement
      #expect(await failure(confined) != nil)
      #expect(!Files.exists(stray))
    }
  }

  @Test func theUsersVariablesDoNotReachTheMakefiles() async throws {
    try await building(compiling: "env >seen; echo '  CC      a.o'") { tree in
      _ = try await tree.build.run(progress: .silent)
      let names = try read(tree.objects.appending("seen")).split(separator: "\n").map {
        String($0.prefix { $0 != "=" })
      }
      let ours = Command.impersonal.union(["CCACHE_DIR", "LC_ALL"])
      // What make and the shell add.
      let theirs = [
        "ARCH", "CROSS_COMPILE", "O", "MAKE", "MFLAGS", "SHLVL", "PWD", "OLDPWD", "_", "KBUILD_BUILD",
        "LOCALVERSION",
      ]
      #expect(names.contains("PATH") && names.contains("LC_ALL"))
      #expect(names.filter { name in !ours.contains(name) && !theirs.contains { name.hasPrefix($0) } } == [])
    }
  }

  @Test func ofDeflatedDataTheKernelsOwnImageIsKept() async throws {
    try await building { tree in
      #expect(!Files.exists(try await tree.build.run(progress: .silent).files.xipImage))
      let config = tree.directory.appending("config").appending("xip.config")
      try Files.write(Array((try read(config) + "CONFIG_XIP_DEFLATED_DATA=y\n").utf8), to: config)
      let built = try await tree.build.run(progress: .silent)
      #expect(try Files.read(built.files.xipImage).starts(with: [0x1f, 0x8b]))
    }
  }

  @Test func theKernelThatTheObjectsAreOfIsBuiltFirst() async throws {
    try await building(compiling: "grep XIP_KERNEL .config >>order; echo '  CC      a.o'") { tree in
      _ = try await tree.build.run(progress: .silent)
      _ = try await tree.build.run(progress: .silent)
      let (xip, twin) = ("CONFIG_XIP_KERNEL=y", "# CONFIG_XIP_KERNEL is not set")
      #expect(
        try read(tree.objects.appending("order")).split(separator: "\n").map(String.init) == [
          xip, twin, twin, xip,
        ])
    }
  }

  @Test func whatIsInQuestionIsMadeAheadAndOnce() async throws {
    let compiling =
      "for f in mm/a.o init.o; do [ -e $f ] || { mkdir -p mm; touch $f; echo \"  CC      $f\"; }; done"
    let ahead =
      "grep -q XIP_KERNEL=y .config && echo $1 >>../../ahead; mkdir -p mm; touch $1; echo \"  CC      $1\""
    try await building(compiling: compiling, ahead: ahead) { tree in
      var build = tree.build
      // The second of them has no rule: no file of this tree is its source.
      build.ahead = ["mm/a.o", "mm/gone.o", "mm/vmlinux.lds"]
      let built = try await build.run(progress: .silent)
      // Two compilers run at once.
      let made = try read(tree.directory.appending("ahead")).split(separator: "\n").sorted()
      #expect(made == ["mm/a.o", "mm/vmlinux.lds"])
      // Two ahead, the other one with the whole, and none for the twin.
      #expect(built.objects == [.xip: 3, .twin: 0])
    }
  }

  @Test func anErrorAheadEndsTheBuildBeforeTheWhole() async throws {
    let broken = "echo \"$1:7:1: error: 'x' undeclared\" | sed s/[.]o:/.c:/ >&2; exit 1"
    try await building(compiling: "touch ../../compiled", ahead: broken) { tree in
      var build = tree.build
      build.ahead = ["mm/a.o"]
      let error = await #expect(throws: XIPKernelError.self) { try await build.run(progress: .silent) }
      guard case .buildFailed("mm/a.c:7:1: error: 'x' undeclared", build.results.aheadLog) = error else {
        Issue.record("another failure: \(String(describing: error))")
        return
      }
      #expect(!Files.exists(tree.directory.appending("compiled")))
    }
  }

  @Test func aHeaderThatASparseTreeLacksIsNoErrorOfTheSeries() async throws {
    let lacking = "echo 'mm/a.c:1:10: fatal error: soc/x.h: No such file or directory' >&2; exit 1"
    try await building(ahead: lacking) { tree in
      var build = tree.build
      build.ahead = ["mm/a.o"]
      let error = await #expect(throws: XIPKernelError.self) { try await build.run(progress: .silent) }
      guard case .sourceMissing(["soc/x.h"], _) = error else {
        Issue.record("another failure: \(String(describing: error))")
        return
      }
    }
  }

  @Test func ofAnotherVersionTheXIPKernelIsBuiltFirst() async throws {
    try await building(compiling: "grep XIP_KERNEL .config >>order; echo '  CC      a.o'") { tree in
      _ = try await tree.build.run(progress: .silent)
      var next = tree.build
      next.results = KernelFiles(tree.directory.appending("next"))
      _ = try await next.run(progress: .silent)
      let (xip, twin) = ("CONFIG_XIP_KERNEL=y", "# CONFIG_XIP_KERNEL is not set")
      #expect(
        try read(tree.objects.appending("order")).split(separator: "\n").map(String.init) == [
          xip, twin, xip, twin,
        ])
    }
  }

  @Test func progressCountsTheObjectsAndKnowsTheTotalTheSecondTime() async throws {
    try await building { tree in
      let events = Mutex<[ProgressEvent]>([])
      let progress = Progress { event in events.withLock { $0.append(event) } }
      _ = try await tree.build.run(progress: progress)
      // A kernel's usual number, until this one is counted.
      #expect(events.withLock { $0 }.first == .advanced(done: 1, of: 1000, unit: "objects"))
      events.withLock { $0 = [] }
      _ = try await tree.build.run(progress: progress)
      #expect(
        events.withLock { $0 }.prefix(2) == [
          .advanced(done: 1, of: 2, unit: "objects"), .advanced(done: 2, of: 2, unit: "objects"),
        ])
    }
  }

  @Test func aLostSymbolIsNamedWithBothValues() async throws {
    try await building(configuring: "sed 's/^CONFIG_PREEMPT=y/# CONFIG_PREEMPT is not set/; /PHYS_ADDR/d'") {
      tree in
      guard case .symbolsLost(let lost) = await failure(tree) else {
        Issue.record("no lost symbol")
        return
      }
      #expect(
        lost == [
          LostSymbol(symbol: "PREEMPT", requested: "y", got: "n", source: "malta.config"),
          LostSymbol(symbol: "XIP_PHYS_ADDR", requested: "0x1e001000", got: nil, source: "xip.config"),
        ])
    }
  }

  @Test func aNumberSpeltOtherwiseIsNotLost() async throws {
    try await building(configuring: "sed 's/0x1e001000/0x1E001000/'") { tree in
      _ = try await tree.build.run(progress: .silent)
    }
  }

  @Test func aTwinThatDiffersInMoreThanXIPIsRefusedBeforeAnythingIsCompiled() async throws {
    let filter = "awk '{print} /XIP_KERNEL is not set/ {print \"CONFIG_KPROBES=y\"}'"
    try await building(configuring: filter.replacing("{print}", with: "{print $$0}")) { tree in
      guard case .twinDiffers(["CONFIG_KPROBES: n, y in the twin"]) = await failure(tree) else {
        Issue.record("the twin is not refused")
        return
      }
      #expect(!Files.exists(tree.objects.appending("vmlinux")))
    }
  }

  @Test func aConfigurationThatStaysTheSameKeepsItsDate() async throws {
    try await building(compiling: "find .config -newermt 2026-01-02 | sed 's/^/  CC      /' >>dates") {
      tree in
      _ = try await tree.build.run(progress: .silent)
      // The twin's configuration is there now, and the twin's turn is first.
      try setConstantDate(of: tree.objects.appending(".config"))
      try Files.remove(tree.objects.appending("dates"))
      _ = try await tree.build.run(progress: .silent)
      #expect(try read(tree.objects.appending("dates")) == "  CC      .config\n")
    }
  }

  @Test func theFirstErrorIsReportedWithTheLog() async throws {
    let errors =
      "echo \"$(cd ../../tree; pwd)/x.c:1:2: error: wrong\" >&2; echo 'y.c:1:1: error: later'; exit 1"
    try await building(compiling: errors) { tree in
      guard case .buildFailed("x.c:1:2: error: wrong", let log) = await failure(tree) else {
        Issue.record("another failure")
        return
      }
      let text = try read(log)
      #expect(text.contains("x.c:1:2: error: wrong"))
      #expect(!Files.exists(tree.build.results.vmlinux(.xip)))
    }
  }

  @Test func aFileThatTheTreeLacksCanBeAnsweredByWideningIt() async throws {
    let rule =
      "make[3]: *** No rule to make target 'drivers/bus/x.o', needed by 'drivers/bus/built-in.a'.  Stop."
    try await building(compiling: "echo \"\(rule)\"; exit 2") { tree in
      guard case .sourceMissing(["drivers/bus/x.o"], _) = await failure(tree) else {
        Issue.record("another failure")
        return
      }
    }
  }

  @Test func anOrphanSectionFailsTheBuildEveryTime() async throws {
    // The kernel's link says it once, as long as vmlinux is there.
    let link =
      "[ -e vmlinux ] || echo 'mips-ld: warning: orphan section .x from y.o being placed in section .x'"
    try await building(compiling: link) { tree in
      for _ in 0..<2 {
        guard case .orphanSections(let sections, _) = await failure(tree) else {
          Issue.record("not refused")
          return
        }
        #expect(sections.count == 1)
      }
    }
  }

  @Test func aDirectoryInUseIsLeftAlone() async throws {
    try await building { tree in
      try Files.makeDirectory(tree.objects)
      let lock = try FileLock(tree.objects.appending(".xip-rebase.lock"))
      guard case .directoryInUse(tree.objects) = await failure(tree) else {
        Issue.record("not refused")
        return
      }
      _ = consume lock
    }
  }

  @Test func aCancelledBuildEndsWithAllItsProcessesAndTheNextOneGoesOn() async throws {
    try await building(compiling: "[ -e ../../slow ] || { echo $$ >../../slow; sleep 600; }") { tree in
      let slow = tree.directory.appending("slow")
      let task = Task { try await tree.build.run(progress: .silent) }
      try await untilLine(in: slow)
      task.cancel()
      let error = await #expect(throws: XIPKernelError.self) { try await task.value }
      #expect(error?.blame == .interruption)
      try await untilGone(slow)
      _ = try await tree.build.run(progress: .silent)
    }
  }

  @Test func whatAKilledBuildWasWritingIsMadeAnew() async throws {
    try await building(compiling: "[ -e half.o ] && exit 1; [ -e done.o ] && echo '  CC      half.o'") {
      tree in
      try Files.makeDirectory(tree.objects)
      for name in ["done.o", "half.o", ".xip-rebase.unfinished"] {
        try Files.write(Array("x".utf8), to: tree.objects.appending(name))
      }
      try setConstantDate(of: tree.objects.appending("done.o"))
      _ = try await tree.build.run(progress: .silent)
      #expect(Files.exists(tree.objects.appending("done.o")))
    }
  }

  @Test func aFirstProcessThatDoesNotCompileIsNamed() async throws {
    try await building { tree in
      let source = tree.directory.appending("userspace").appending("init.c")
      try Files.write(Array("int x = y;\n".utf8), to: source)
      guard case .unusableInput(source, _, let problem) = await failure(tree) else {
        Issue.record("another failure")
        return
      }
      #expect(problem.contains("error: 'y' undeclared"))
    }
  }
}
