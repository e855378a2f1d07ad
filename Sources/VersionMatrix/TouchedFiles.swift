import Host
import PatchStack
import XIPKernel

extension Series {
  /// The objects and linker scripts of the sources that the series changes, as `make` takes them, in its order.
  var targets: [String] {
    var targets: [String] = []
    for path in patches.flatMap(\.changes).compactMap(\.newPath).map({ "\($0)" }) {
      let target: String
      if path.hasSuffix(".lds.S") {
        target = String(path.dropLast(2))
      } else if path.hasSuffix(".c") || path.hasSuffix(".S") {
        target = path.dropLast(1) + "o"
      } else {
        continue
      }
      if !targets.contains(target) { targets.append(target) }
    }
    return targets
  }

  /// Returns the names of the patches that change the file at `path`.
  func patches(changing path: some StringProtocol) -> [String] {
    patches.filter { $0.changes.contains { $0.newPath.map { "\($0)" == path } ?? false } }.map(\.name)
  }
}

/// A file that the series changes does not compile.
struct TouchedFileBroken: Failure {
  private let failure: XIPKernelError
  private let patches: [String]

  /// Makes the failure of what `failure` says, unless it is not about a file that a patch of `series` changes.
  init?(_ failure: XIPKernelError, in series: Series) {
    guard case .buildFailed(let error, _) = failure else { return nil }
    // `arch/mips/kernel/setup.c:7:1: error: …`
    patches = series.patches(changing: error.prefix { $0 != ":" })
    guard !patches.isEmpty else { return nil }
    self.failure = failure
  }

  var blame: Blame { failure.blame }
  var description: String {
    "\(failure); changed by \(patches.joined(separator: ", "))"
  }
}
