import Host
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct FileLockTests {
  @Test func aLockNamesItsHolderAsLongAsItIsHeld() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("lock")
      let before = Int(time(nil))
      try whileLocked(path) {
        #expect(try !isFree(path))
        let holder = try #require(FileLock.holder(path))
        #expect(holder.process == getpid())
        #expect((before...Int(time(nil))).contains(holder.seconds))
        let form = #/pid \d+, (`[a-z-]+`, )?since \d{4}-\d\d-\d\d \d\d:\d\d UTC/#
        #expect("\(holder)".wholeMatch(of: form) != nil, "\(holder)")
      }
      #expect(FileLock.holder(path) == nil)
      #expect(try isFree(path))
    }
  }

  private func isFree(_ path: FilePath) throws -> Bool {
    guard let lock = try FileLock(path) else { return false }
    _ = consume lock
    return true
  }

  private func whileLocked(_ path: FilePath, _ body: () throws -> Void) throws {
    guard let lock = try FileLock(path) else {
      Issue.record("held already")
      return
    }
    try body()
    _ = consume lock
  }

  /// What stands in the file may be of a process that died, be half written, or be anybody's.
  @Test(arguments: [
    "", "\n", "1", "1 2 fetch", "1 2\n", "0 2 fetch\n", "-1 2 fetch\n", "1 -2 fetch\n",
    "1 99999999999999999999 fetch\n",
    "1 2 \u{1b}[2J\n", "1 2 fetch\n1 2 fetch\n", "1 2 fetch; rm\n", "999999999 2 fetch\n", "é 2 fetch\n",
    "1 2 \(String(repeating: "a", count: 200))\n",
  ])
  func whatIsNoWordOfAHolderIsNotTold(text: String) async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("lock")
      try Files.write(Array(text.utf8), to: path)
      #expect(FileLock.holder(path) == nil)
      try Files.write(Array("1 1763726580 fetch\n".utf8), to: path)
      #expect(FileLock.holder(path).map { "\($0)" } == "pid 1, `fetch`, since 2025-11-21 12:03 UTC")
    }
  }

  @Test func whatADeadProcessLeftBesideAFileGoesAndWhatALivingOneWritesStays() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("file")
      let names = ["file.1.xip-rebase-new", "file.2.xip-rebase-new", "file.x.xip-rebase-new", "file.3.new"]
      for name in names { try Files.write([0], to: directory.appending(name)) }
      let living = try FileDescriptor.open(directory.appending(names[1]), .readOnly)
      #expect(flock(living.rawValue, LOCK_EX | LOCK_NB) == 0)
      try Files.write([1], to: path)
      #expect(try Files.list(directory) == ["file"] + names[1...].sorted())
      try living.close()
    }
  }
}
