import ArgumentParser
import PatchStack
import SystemPackage
import VersionMatrix
import Versions
import XIPKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Which cells of the matrix: versions that the record lists, and columns.
struct SelectionOptions: ParsableArguments {
  /// The columns to take.
  enum Columns: String, CaseIterable, ExpressibleByArgument {
    case gcc, clang, both

    var compilers: [Compiler] {
      switch self {
      case .gcc: [.gcc]
      case .clang: [.clang]
      case .both: [.gcc, .clang]
      }
    }
  }

  @Argument(
    help: "Listed releases: v6.12.107, ranges such as v6.6..v6.12, 6.12.*, lts, latest. Default: all.",
    completion: .listedVersions)
  var ranges: [VersionSelector] = []

  @Option(help: "The compiler: gcc, clang or both.")
  var toolchain: Columns = .both

  /// Returns the versions of `record` that are asked for, in the order of releases.
  func versions(in record: Record) throws -> [Version] {
    let listed = record.versions
    for range in ranges {
      if let single = range.single, !listed.contains(single) {
        throw ValidationError(
          "\(single.tag) is not listed; list it with: xip-rebase versions --add \(single.tag)")
      }
    }
    return ranges.isEmpty ? listed : try ranges.versions(from: listed, place: "listed").sorted()
  }

  /// Returns the results of `record` that are asked for; the columns of both byte orders count as their compiler's.
  func results(in record: Record) throws -> [VersionResult] {
    let tags = Set(try versions(in: record).map(\.tag))
    let compilers = toolchain.compilers.map(\.rawValue)
    return record.entries.flatMap(\.results).filter { result in
      tags.contains(result.version) && compilers.contains { result.toolchain.hasPrefix($0) }
    }
  }
}
