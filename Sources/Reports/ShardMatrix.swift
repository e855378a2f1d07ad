#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The work that is due, split for the runners of a CI: each shard is a list of versions for one toolchain.
public struct ShardMatrix: Sendable {
  /// What one runner does.
  public struct Shard: Codable, Hashable, Sendable {
    /// What the job is called.
    public let name: String
    /// The compiler.
    public let toolchain: String
    /// The releases' tags with blanks between, as arguments of the command line.
    public let versions: String
  }

  /// The shards, at most as many as asked for.
  public let shards: [Shard]

  /// The most jobs that GitHub makes of one matrix.
  public static let limit = 256

  /// Splits the work that is due for each toolchain.
  ///
  /// - Parameters:
  ///   - due: The tags of the versions, by the toolchain's name.
  ///   - count: The most shards, ``limit`` at most; neighbouring releases stay together, for they share most objects.
  public init(_ due: [String: [String]], count: Int) {
    let work = due.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    let most = min(max(count, work.count), Self.limit)
    // A shard has versions of one toolchain. Each toolchain has one; each further one goes where shards are largest.
    var shares = work.map { _ in 1 }
    while shares.reduce(0, +) < most {
      let largest = work.indices.filter { shares[$0] < work[$0].value.count }
        .max { work[$0].value.count * shares[$1] < work[$1].value.count * shares[$0] }
      guard let largest else { break }
      shares[largest] += 1
    }
    var shards: [Shard] = []
    for ((toolchain, versions), share) in zip(work, shares) {
      for index in 0..<share {
        let part = versions[versions.count * index / share..<versions.count * (index + 1) / share]
        guard let first = part.first, let last = part.last else { continue }
        let name = part.count == 1 ? "\(toolchain) \(first)" : "\(toolchain) \(first) to \(last)"
        shards.append(Shard(name: name, toolchain: toolchain, versions: part.joined(separator: " ")))
      }
    }
    self.shards = shards
  }

  /// Two lines for GitHub's file of outputs, `count=` and `matrix=`, the latter for `fromJSON`.
  ///
  /// GitHub refuses an empty matrix, so the job that uses it is to ask for `count` first.
  public var github: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let matrix = String(decoding: try encoder.encode(["include": shards]), as: UTF8.self)
      return "count=\(shards.count)\nmatrix=\(matrix)\n"
    }
  }

  /// A child pipeline for GitLab: a job for each shard, or one that does nothing, for GitLab refuses a pipeline without jobs.
  ///
  /// The jobs extend `.shard`, which `.gitlab/shard.yml` defines.
  public var gitlab: String {
    var lines = ["include:", "  - local: .gitlab/shard.yml", ""]
    if shards.isEmpty {
      lines += ["nothing due:", "  stage: run", "  script:", "    - echo \"every result on record stands\""]
    }
    for shard in shards {
      lines += [
        "\"\(shard.name)\":", "  extends: .shard", "  variables:", "    TOOLCHAIN: \"\(shard.toolchain)\"",
        "    VERSIONS: \"\(shard.versions)\"", "",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
