import Host
import SystemPackage
import TestSupport
import Testing

@Test func thePackagesOfTheListAreReadWithProbeAndPurpose() async throws {
  try await withTemporaryDirectory { directory in
    let path = directory.appending("packages.txt")
    try Files.write(
      Array("# a comment\n\nsh-package  sh   running the tests\nnone no-such-program x y\n".utf8), to: path)
    let packages = try RequiredPackages(path).packages
    #expect(packages.map(\.name) == ["sh-package", "none"])
    #expect(packages.map(\.purpose) == ["running the tests", "x y"])
    #expect(await packages[0].isInstalled())
    #expect(await !packages[1].isInstalled())
  }
}

@Test func aLineWithoutPurposeIsNamed() async throws {
  try await withTemporaryDirectory { directory in
    let path = directory.appending("packages.txt")
    try Files.write(Array("git git store\nmake make\n".utf8), to: path)
    let error = #expect(throws: RequiredPackagesError.self) { try RequiredPackages(path) }
    #expect(error?.description == "\(path):2: expected a package, a probe and a purpose")
  }
}

/// The shell reads the same list for the Makefile and CI; both must find the same packages missing.
@Test func theShellAndTheToolAgreeOnWhatIsMissing() async throws {
  let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
  let list = root.appending("packages.txt")
  let script = root.appending(".ci/missing-packages")
  let told = try await Command("sh", [script.string, list.string]).output()
  var missing: [String] = []
  for package in try RequiredPackages(list).packages where await !package.isInstalled() {
    missing.append(package.name)
  }
  #expect(String(decoding: told, as: UTF8.self) == missing.joined(separator: " ") + "\n")
}
