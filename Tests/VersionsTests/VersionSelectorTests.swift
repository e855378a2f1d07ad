import Testing
import Versions

private let listed = [
  "5.10.262", "6.1.176", "6.12-rc7", "6.12", "6.12.38", "6.12.107", "6.17.8", "6.18.15", "6.19-rc2", "7.1.13",
  "7.2-rc1",
].compactMap { Version($0) }

@Test(arguments: [
  ("v6.12.38", "6.12.38"), ("6.1", ""), ("v6.12..v6.17", "6.12 6.12.38 6.12.107 6.17.8"),
  ("v6.18..", "6.18.15 6.19-rc2 7.1.13 7.2-rc1"), ("..v6.1", "5.10.262 6.1.176"),
  ("6.12.*", "6.12 6.12.38 6.12.107"), ("v6.17.*", "6.17.8"), ("6.13.*", ""),
  ("lts", "5.10.262 6.1.176 6.12.107 6.18.15"), ("latest", "7.1.13"),
])
func aSelectorSelects(text: String, expected: String) throws {
  let selector = try #require(VersionSelector(text))
  let selected = selector.selected(from: listed.shuffled())
  #expect(selected.map(\.description).joined(separator: " ") == expected)
  #expect(VersionSelector(selector.description) == selector)
}

@Test(arguments: [
  "", "*", "6.*", "6.12.38.*", "6.12-rc1.*", "LTS", "newest", "6.12.*.*", "v6.12..v6.6", "..",
])
func whatIsNoSelectorIsRefused(text: String) {
  #expect(VersionSelector(text) == nil)
}

@Test func selectorsKeepTheirOrderAndNameEachReleaseOnce() throws {
  let selectors = ["latest", "v9.9", "6.12.*", "v6.12.38"].compactMap { VersionSelector($0) }
  let selected = try selectors.selected(from: listed, place: "listed").map(\.tag)
  #expect(selected == ["v7.1.13", "v9.9", "v6.12", "v6.12.38", "v6.12.107"])
}

@Test func whatSelectsNothingSaysWhatIsThere() throws {
  let selectors = [try #require(VersionSelector("6.13.*"))]
  let few = #expect(throws: NothingSelected.self) {
    try selectors.selected(from: [Version(7, 1, 13), Version(6, 12, 38)], place: "listed")
  }
  #expect(few?.description == "6.13.* selects no version; listed are v6.12.38, v7.1.13")
  let many = #expect(throws: NothingSelected.self) {
    try selectors.selected(from: (1...30).map { Version(6, 12, $0) }, place: "stored")
  }
  #expect(many?.description == "6.13.* selects no version; stored are among others v6.12.30")
  let none = #expect(throws: NothingSelected.self) { try selectors.selected(from: [], place: "listed") }
  #expect(none?.description == "6.13.* selects nothing: no version is listed")
}
