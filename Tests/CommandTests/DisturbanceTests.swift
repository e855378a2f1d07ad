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

@Test func anInterruptedCompilationLeavesNoProcessAndNoVerdict() async throws {
  try await Checkout.with { checkout in
    let marker = checkout.directory.appending("compiler")
    try checkout.write("make", "echo $$ > '\(marker)'; echo '  CC  init/main.o'; sleep 600 & wait")
    let arguments = ["onto", "v6.12.107"] + checkout.ownKernel
    let run = try await checkout.tool().run(arguments, sending: SIGTERM, at: "files written")
    #expect(run.status == .exited(130), "\(run.text)")
    let record = String(decoding: try Files.read(checkout.record), as: UTF8.self)
    #expect(!record.contains("verdict"))
    if let number = try? Files.read(marker) {
      let process = "/proc/" + String(decoding: number.dropLast(), as: UTF8.self)
      #expect(!Files.exists(FilePath(process)))
    }
  }
}

@Test func theProgramsOfAKilledToolDieWithIt() async throws {
  try await Checkout.with { checkout in
    let marker = checkout.directory.appending("compiler")
    try checkout.write("make", "echo $$ > '\(marker).new'; mv '\(marker).new' '\(marker)'; sleep 600 & wait")
    let arguments = ["onto", "v6.12.107"] + checkout.ownKernel
    async let killed = checkout.tool().run(arguments, sendingKillWhen: marker)
    // The shell's word for SIGKILL.
    #expect(try await killed == .exited(128 + SIGKILL))
    let process = "/proc/" + String(decoding: try Files.read(marker).dropLast(), as: UTF8.self)
    let deadline = ContinuousClock.now + .seconds(10)
    while Files.exists(FilePath(process)), ContinuousClock.now < deadline { await Task.yield() }
    #expect(!Files.exists(FilePath(process)))
    // The locks went with it.
    let again = try await checkout.run("onto", "v6.12.107", "--rebase-only")
    #expect(again.status == .exited(0))
  }
}

extension Checkout {
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
