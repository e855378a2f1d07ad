public import Host
public import Versions

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A place where kernel trees come from.
public protocol TreeSource: Sendable {
  /// Its name as messages tell it.
  var name: String { get }

  /// The programs it runs.
  var tools: [NeededTool] { get }

  /// Brings the tree of `version` into `store` under its tag.
  ///
  /// The caller holds the store's import lock.
  ///
  /// - Throws: `TreeError.notThere` when the source has no such version or does not answer; any other case of
  ///   `TreeError` when it has and it cannot be used. The store is then as it was.
  func fetch(_ version: Version, into store: Store, progress: Progress) async throws(TreeError)

  /// Returns the versions it can give, in no order.
  ///
  /// - Throws: `TreeError` when it does not answer.
  func versions(progress: Progress) async throws(TreeError) -> [Version]
}

/// A program that a source runs.
public struct NeededTool: Hashable, Sendable {
  /// Its name, as found in `PATH`.
  public let program: String

  /// What it is for, as in "git *stores the trees*".
  public let purpose: String

  /// Whether the source works without it.
  public let isOptional: Bool

  /// Makes the need for `program`.
  public init(_ program: String, to purpose: String, isOptional: Bool = false) {
    self.program = program
    self.purpose = purpose
    self.isOptional = isOptional
  }
}

/// How long a source may take to answer at all, 8 s or what `XIP_REBASE_ANSWER_SECONDS` says; the limit does not count
/// for what it then sends.
let answerLimit: Duration = {
  let said = getenv("XIP_REBASE_ANSWER_SECONDS").flatMap { Int(String(cString: $0)) } ?? 0
  return .seconds(said > 0 ? said : 8)
}()

/// How long a connection may take, in seconds.
let connectSeconds = 5
