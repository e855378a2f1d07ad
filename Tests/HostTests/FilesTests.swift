import Host
import SystemPackage
import TestSupport
import Testing

@Test func aNameThatIsNotUTF8IsRemovedToo() async throws {
  try await withTemporaryDirectory { directory in
    let top = directory.appending("top")
    _ = try await Command("sh", ["-ec", "mkdir top; : > \"$(printf 'top/M\\374nster')\""], in: directory)
      .output()
    try Files.remove(top)
    #expect(!Files.exists(top))
  }
}
