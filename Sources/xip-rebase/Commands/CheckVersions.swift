import ArgumentParser
import Host
import PatchStack
import Reports
import VersionMatrix
import Versions

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Tells which stored versions the series fits; writes nothing, starts no program, uses no network.
struct CheckVersions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tell what becomes of the series on stored versions; nothing is written.",
    discussion: """
      Quote what has a star in it where the shell would look for files.

      Example: xip-rebase check
      Example: xip-rebase check v6.12.. --json
      Example: xip-rebase check '6.12.*' latest
      """)

  @Argument(
    help: "Stored releases: v6.12.107, ranges such as v6.6..v6.12, 6.12.*, lts, latest. Default: all.",
    completion: .storedVersions)
  var ranges: [VersionSelector] = []

  @OptionGroup var series: SeriesOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    let start = ContinuousClock.now
    Interruption.endAtOnce()
    let project = try Project.containingCurrentDirectory()
    let variants = try series.variants(project)
    let path = try store.repository()
    let versions = try selected(from: try Check.versions(in: path))
    let findings = try await Check.run(
      variants, onto: versions, repository: path, workers: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let document = CheckDocument(
      findings, onto: versions, unlisted: try series.warnOfUnlisted(variants),
      milliseconds: (ContinuousClock.now - start) / .milliseconds(1))
    if terminal.json {
      Output.standard.write(try document.json)
    } else {
      for line in CheckTable(document.results).lines(coloured: terminal.style) { Output.standard.line(line) }
    }
    let code = Verdict.exitCode(of: document.results.map(\.verdict))
    if code != 0 { throw ExitCode(code) }
  }

  /// Returns the stored versions that are asked for; one that is named stays even when it is not stored.
  private func selected(from stored: [Version]) throws -> [Version] {
    if stored.isEmpty && ranges.allSatisfy({ $0.single == nil }) {
      throw ValidationError("no version is stored yet; bring one with: xip-rebase fetch VERSION")
    }
    return ranges.isEmpty ? stored : try ranges.versions(from: stored, place: "stored").sorted()
  }
}
