import Host
public import VersionMatrix
import XIPKernel

/// Results as a submission to KCIDB (schema 5.3): a checkout for each version, a build for each toolchain, tests for what
/// was booted and proved.
///
/// Ids are made of what they stand for, so that the same result sent twice is one. Nothing is sent.
public struct KCIDBReport: Encodable, Sendable {
  private let version = Schema()
  private let checkouts: [Checkout]
  private let builds: [Build]
  private let tests: [Test]

  /// The name under which results are sent; KCIDB refuses a hyphen in it.
  static let origin = "xip_rebase"

  /// Makes the submission of `results`.
  public init(_ results: [VersionResult]) {
    var checkouts: [Checkout] = []
    var builds: [Build] = []
    var tests: [Test] = []
    for result in results {
      let checkout = Checkout(result)
      if !checkouts.contains(where: { $0.id == checkout.id }) { checkouts.append(checkout) }
      guard let build = Build(result, of: checkout) else { continue }
      builds.append(build)
      tests += Test.all(result, of: build)
    }
    self.checkouts = checkouts
    self.builds = builds
    self.tests = tests
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }

  private struct Schema: Encodable {
    let major = 5
    let minor = 3
  }

  /// KCIDB's words for how something ended; `MISS` is what did not run because of the harness.
  private enum Status: String, Encodable {
    case fail = "FAIL"
    case miss = "MISS"
    case pass = "PASS"

    init?(_ status: RungReport.Status) {
      switch status {
      case .passed: self = .pass
      case .failed: self = .fail
      case .unfinished: self = .miss
      case .notTried: return nil
      }
    }
  }

  private struct Checkout: Encodable {
    let id: String
    let origin = KCIDBReport.origin
    let git_commit_name: String
    let tree_name = "stable"
    let patchset_hash: String?
    let valid: Bool?
    let comment: String?

    init(_ result: VersionResult) {
      // A series that could not be read has no hash.
      let isHash = result.series.utf8.count == 64
      let rebased = result.rungs.first { $0.rung == .rebased }
      id = KCIDBReport.id("ck", [result.version, result.base ?? "", result.series])
      git_commit_name = result.version
      patchset_hash = isHash ? result.series : nil
      switch rebased?.status {
      case .passed: valid = true
      case .failed: valid = false
      default: valid = nil
      }
      comment = rebased?.status == .failed ? rebased?.reason : nil
    }
  }

  private struct Build: Encodable {
    let id: String
    let checkout_id: String
    let origin = KCIDBReport.origin
    let architecture = "mips"
    let compiler: String?
    let config_name = "malta_xip"
    let duration: Double?
    let status: Status
    let log_excerpt: String?
    let start_time: String?

    init?(_ result: VersionResult, of checkout: Checkout) {
      guard let report = result.rungs.first(where: { $0.rung == .compiled }),
        let status = Status(report.status)
      else {
        return nil
      }
      id = KCIDBReport.id("b", [checkout.id, result.toolchain, result.key ?? ""])
      checkout_id = checkout.id
      compiler = result.compiler
      duration = report.seconds
      self.status = status
      log_excerpt = report.account.map(KCIDBReport.excerpt)
      start_time = result.date.isEmpty ? nil : result.date
    }
  }

  private struct Test: Encodable {
    let id: String
    let build_id: String
    let origin = KCIDBReport.origin
    let path: String
    let status: Status
    let duration: Double?
    let log_excerpt: String?
    let number: Number?
    let environment: Environment?

    struct Number: Encodable {
      let value: Double
      let unit: String
    }

    struct Environment: Encodable {
      let comment: String
      let compatible = ["mti,malta"]
    }

    private init(
      _ build: Build, _ path: String, _ status: Status, of result: VersionResult, duration: Double? = nil,
      log: String? = nil, number: Number? = nil
    ) {
      id = KCIDBReport.id("t", [build.id, path])
      build_id = build.id
      self.path = path
      self.status = status
      self.duration = duration
      log_excerpt = log.map(KCIDBReport.excerpt)
      self.number = number
      environment = result.qemu.map { Environment(comment: "QEMU \($0), malta") }
    }

    /// The tests of a build, in the order of the rungs.
    static func all(_ result: VersionResult, of build: Build) -> [Test] {
      var tests: [Test] = []
      let paths: [Rung: String] = [.laidOut: "xip.layout", .booted: "boot", .proved: "xip.proof"]
      for report in result.rungs {
        guard let path = paths[report.rung], let status = Status(report.status) else { continue }
        tests.append(Test(build, path, status, of: result, duration: report.seconds, log: report.account))
      }
      for proof in result.proofs ?? [] {
        tests.append(
          Test(build, "xip.proof.\(proof.name)", proof.holds ? .pass : .fail, of: result, log: proof.read))
      }
      if let memory = result.memory {
        tests.append(
          Test(
            build, "xip.memory.saved", .pass, of: result, log: memory.xip.line + "\n" + memory.stock.line,
            number: Number(value: Double(memory.savedKiB) * 1024, unit: "B")))
      }
      return tests
    }
  }

  private static func id(_ kind: String, _ parts: [String]) -> String {
    "\(origin):\(kind)-\(SHA256.hex(of: Array(parts.joined(separator: "|").utf8)))"
  }

  /// Returns the end of `text` that KCIDB takes: 16384 characters, none of them NUL.
  private static func excerpt(_ text: String) -> String {
    String(text.replacing("\0", with: "").suffix(16384))
  }
}
