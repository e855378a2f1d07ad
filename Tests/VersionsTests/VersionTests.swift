import Testing
import Versions

@Test(arguments: ["6.12", "6.12.38", "6.12-rc7", "7.1.13", "5.10.262"])
func aVersionPrintsAsItWasRead(text: String) {
  #expect(Version(text)?.description == text)
  #expect(Version("v" + text)?.tag == "v" + text)
}

@Test(arguments: [
  "", "v", "6", "6.", "6.12.", "6.12.38.1", "6.12.38-rc1", "6.12-rc", "-6.12", "6.+1", "6.12 ", "vv6.12",
  "6.12.x", "6.12-1", "9999999999.1", "--upload-pack=x", "-v6.12", "v6.1;rm -rf x", "v6.1 && x", "../v6.12",
  "v6.12/../x",
  "refs/heads/x", "refs/tags/v6.12", "v6.12^{commit}", "v6.12~1", "v6.12@{1}", ":v6.12", "v6.12:x", "+v6.12",
  "v6.12\n",
  "\nv6.12", "v6.12\0", "$(x)", "`x`", "v6.12*", "v٦.١٢", "v6.12\u{301}", "HEAD", "0x6.1", "6.1e1",
])
func whatIsNoVersionIsRefused(text: String) {
  #expect(Version(text) == nil)
}

@Test func versionsAreOrderedAsReleases() throws {
  let ordered = try ["5.10.262", "6.1.4", "6.12-rc7", "6.12", "6.12.8", "6.12.38", "6.13-rc1", "7.1.13"]
    .map { try #require(Version($0)) }
  #expect(ordered.shuffled().sorted() == ordered)
}
