import Host
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Test(.enabled(if: SmallDisk.isPossible, "mounting takes root"))
func aFullCacheIsToldAndTheNextRunPasses() async throws {
  try await Checkout.with { checkout in
    let mirror = try await checkout.mirror("6.12.40", size: 4 << 20)
    let cache = checkout.directory.appending("small")
    try await SmallDisk.with(at: cache) {
      let tool = checkout.tool(["XIP_REBASE_KERNEL_ORG": mirror, "XDG_CACHE_HOME": cache.string])
      let run = try await tool.run("fetch", "v6.12.40")
      #expect(run.status == .exited(3))
      #expect(run.errorText.contains("No space left on device"), "\(run.errorText)")
    }
    let run = try await checkout.tool(["XIP_REBASE_KERNEL_ORG": mirror]).run("fetch", "v6.12.40")
    #expect(run.status == .exited(0), "\(run.errorText)")
  }
}

@Test func aTruncatedTarballIsRefusedAndTheWholeOneTaken() async throws {
  try await Checkout.with { checkout in
    let mirror = try await checkout.mirror("6.12.40", size: 1 << 16, isTruncated: true)
    try checkout.write("apt-get", "exit 100")
    let tool = checkout.tool(["XIP_REBASE_KERNEL_ORG": mirror])
    let broken = try await tool.run("fetch", "v6.12.40")
    #expect(broken.status == .exited(3))
    #expect(broken.errorText.contains("linux-6.12.40.tar.xz"), "\(broken.errorText)")
    _ = try await checkout.mirror("6.12.40", size: 1 << 16)
    let whole = try await tool.run("fetch", "v6.12.40")
    #expect(whole.status == .exited(0), "\(whole.errorText)")
    #expect(whole.text.hasPrefix("v6.12.40  "))
  }
}

@Test func anInterruptedFetchIsTakenUpAgain() async throws {
  try await Checkout.with { checkout in
    try checkout.write("apt-get", "echo asked >&2; sleep 600")
    let arguments = ["onto", "v6.12.40", "--rebase-only"] + checkout.ownKernel
    let run = try await checkout.tool().run(arguments, sending: SIGINT, at: "Debian package lists")
    #expect(run.status == .exited(130), "\(run.text)")
    let mirror = try await checkout.mirror("6.12.40", size: 64)
    let again = try await checkout.tool(["XIP_REBASE_KERNEL_ORG": mirror]).run(arguments)
    // The stand-in has no file `a`, so the series cannot be rebased; but the tree is there.
    #expect(again.text.contains("v6.12.40  gcc        fetched  fail"), "\(again.text)\(again.errorText)")
  }
}

@Test func aMirrorThatNeverAnswersIsGivenUp() async throws {
  try await Checkout.with { checkout in
    try checkout.write("apt-get", "sleep 600")
    let limit = ["XIP_REBASE_SOURCES": "debian", "XIP_REBASE_ANSWER_SECONDS": "1"]
    let run = try await checkout.tool(limit).run("fetch", "v6.12.40")
    #expect(run.status == .exited(3), "\(run.text)")
    #expect(run.errorText.contains("its mirror did not answer within 1 s"), "\(run.errorText)")
  }
}

@Test func anInterruptedCompilationLeavesNoProcessAndNoVerdict() async throws {
  try await Checkout.with { checkout in
    _ = try checkout.writeEndlessMake()
    let arguments = ["onto", "v6.12.107"] + checkout.ownKernel
    let run = try await checkout.tool().run(arguments, sending: SIGTERM, at: "files written")
    #expect(run.status == .exited(143), "\(run.text)")
    let record = String(decoding: try Files.read(checkout.record), as: UTF8.self)
    #expect(!record.contains("verdict"))
    #expect(try !checkout.hasCompiler())
  }
}

@Test func theProgramsOfAKilledToolDieWithIt() async throws {
  try await Checkout.with { checkout in
    let marker = try checkout.writeEndlessMake()
    let arguments = ["onto", "v6.12.107"] + checkout.ownKernel
    async let killed = checkout.tool().run(arguments, sendingKillWhen: marker)
    // The shell's word for SIGKILL.
    #expect(try await killed == .exited(128 + SIGKILL))
    try await checkout.untilNoCompiler()
    // The locks went with it.
    let again = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    #expect(again.status == .exited(0))
  }
}

extension Checkout {
  /// Puts a `make` in place that starts a compiler which does not end.
  ///
  /// - Returns: The file that is there once it runs; confined, make can write it to its objects only.
  fileprivate func writeEndlessMake() throws -> FilePath {
    try write(
      "make",
      """
      for argument; do case $argument in O=*) objects=${argument#O=};; esac; done
      echo '  CC  init/main.o'
      sh -c 'trap "" TERM; : > "$1/started"; while :; do sleep 600; done' '\(directory)' "$objects" & wait
      """)
    return cache.appending("objects").appending("gcc-little").appending("started")
  }

  /// Whether a compiler of its stand-ins runs: its number tells nothing, which is another where it is confined.
  func hasCompiler() throws -> Bool {
    for process in try Files.list("/proc") where process.allSatisfy(\.isNumber) {
      guard let line = try? Files.read(FilePath("/proc/\(process)/cmdline")) else { continue }
      let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      if words.first == "sh", words.contains(directory.string) { return true }
    }
    return false
  }
}

extension Checkout {
  /// Waits until the compilers of the stand-ins are gone, which those that outlived the tool are in their own time.
  func untilNoCompiler() async throws {
    try await until("the end of the compilers") { try !hasCompiler() }
  }

  /// Makes a stand-in for kernel.org with the tarball of `version`, and returns its URL.
  func mirror(_ version: String, size: Int, isTruncated: Bool = false) async throws -> String {
    let script = """
      rm -rf mirror linux-\(version); mkdir -p mirror/v6.x linux-\(version)
      printf 'VERSION = 6\\nPATCHLEVEL = 12\\nSUBLEVEL = %s\\nEXTRAVERSION =\\n' "${1##*.}" > linux-$1/Makefile
      head -c $2 /dev/urandom > linux-$1/noise
      tar -cf - linux-$1 | xz -0 > mirror/v6.x/linux-$1.tar.xz
      cd mirror/v6.x
      if [ $3 = true ]; then truncate -s -$(($2 / 2)) linux-$1.tar.xz; fi
      sha256sum linux-$1.tar.xz > sha256sums.asc
      """
    _ = try await Command("sh", ["-ec", script, "sh", version, "\(size)", "\(isTruncated)"], in: directory)
      .output()
    return "file://\(directory)/mirror"
  }
}
