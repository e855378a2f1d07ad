import Git
import SystemPackage
import TestSupport
import Testing
import Versions

@testable import PatchStack

/// The project's own series, in all its forms.
@Suite struct ShippedSeries {
  private static let directory = Tool.project.appending("series")

  private func forms() throws -> [Series] {
    let variants = try Variants(in: Self.directory)
    return try variants.forms.map { try variants.load($0) }
  }

  @Test(arguments: [
    ("v5.10.262", "v5.10", "v5.10.262"), ("v5.11.22", "v5.10", "v5.10.262"),
    ("v5.12-rc1", "v6.1", "v6.1.176"), ("v6.1.176", "v6.1", "v6.1.176"), ("v6.8.12", "v6.1", "v6.1.176"),
    ("v6.9-rc1", nil, "v6.12.38"), ("v6.12.8", nil, "v6.12.38"), ("v6.12.38", nil, "v6.12.38"),
    ("v6.17.8", nil, "v6.12.38"), ("v7.1.13", nil, "v6.12.38"),
  ])
  func eachVersionTakesItsForm(tag: String, variant: String?, base: String) throws {
    let version = try #require(Version(tag))
    let series = try Variants(in: Self.directory).series(for: version)
    #expect(series.variant == variant && series.base == base)
  }

  @Test func allFormsAreTheSamePatchesAndNoneIsForgotten() throws {
    let variants = try Variants(in: Self.directory)
    #expect(try variants.unlisted() == [])
    let own = try Series.load(Self.directory)
    for series in try forms() {
      #expect(series.patches.map(\.name) == own.patches.map(\.name))
      #expect(series.patches.map(\.message.subject) == own.patches.map(\.message.subject))
      #expect(series.patches.map(\.message.author) == own.patches.map(\.message.author))
      for (patch, other) in zip(series.patches, own.patches) {
        let text = String(decoding: patch.original, as: UTF8.self)
        #expect(text.contains("\nSigned-off-by: Seed 28f03b83 maintainers <"))
        // A variant that says what the series says already would only be one more file to keep.
        #expect(patch.file == other.file || patch.original != other.original, "\(patch.file)")
      }
    }
  }

  /// The `index` lines tell of one stack: what a patch leaves of a file is what the next one finds.
  ///
  /// A patch that a form shares with the series names the blobs of the series' own base, where git looks for them.
  @Test func eachPatchContinuesWhereTheOneBeforeStopped() throws {
    for series in try forms() {
      let home = series.variant.map { Self.directory.appending($0) } ?? Self.directory
      var left: [TreePath: String] = [:]
      for patch in series.patches {
        let isShared = patch.file.removingLastComponent() != home
        for change in patch.changes {
          if let path = change.oldPath, let known = left[path], !isShared {
            #expect(change.oldID == known, "\(patch.file), \(path)")
          }
          if let path = change.newPath { left[path] = isShared ? nil : change.newID }
        }
      }
    }
  }

  @Test func whatPatchesAddIsTheSameInAllForms() throws {
    /// The files that a form adds, by their names, with the lines of each.
    func added(_ series: Series) -> [String: [String]] {
      var files: [String: [String]] = [:]
      for change in series.patches.flatMap(\.changes) {
        guard case .create(let path) = change.change, case .text(let hunks) = change.content else { continue }
        let name = path.description.split(separator: "/").last.map(String.init) ?? ""
        files[name] = hunks.flatMap(\.lines).map {
          // The documents of architectures moved in between.
          String(decoding: $0.text, as: UTF8.self).replacing("Documentation/arch/", with: "Documentation/")
        }
      }
      return files
    }
    let own = added(try Series.load(Self.directory))
    #expect(own.keys.sorted() == ["malta_xip_defconfig", "xip.h", "xip.rst"])
    for series in try forms() { #expect(added(series) == own) }
  }
}
