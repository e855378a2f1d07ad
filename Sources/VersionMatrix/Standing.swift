import Host
import PatchStack
public import Versions
import XIPKernel

/// Whether what is on record of a version still speaks of what would be built now.
public enum Standing: Hashable, Sendable {
  /// The result is that of the same content: making it again would tell nothing new.
  case stands(VersionResult)
  /// The version has to climb, for the reason given.
  case due(String)
  /// It is in another machine's share.
  case elsewhere
}

extension Ladder {
  /// Returns for each of `versions` whether its result on record stands, in their order.
  ///
  /// Nothing is fetched or carried: a released tree does not change under its tag, and release and series decide the
  /// tree with the series on it. Results in which a recorded resolution was used are carried again, for nothing on record
  /// tells what the resolution was.
  ///
  /// - Throws: What `Variants.series(for:)` throws, and `FileFailure` when a file of the project cannot be read. A
  ///   program that the machine lacks makes a version due, for the climb to tell of.
  public func standings(of versions: [Version], in record: Record) async throws -> [Standing] {
    var programs = KnownPrograms()
    var standings: [Standing] = []
    for version in versions {
      let result = record.result(version.tag, toolchain: toolchainName)
      standings.append(try await standing(of: version, result, &programs))
    }
    return standings
  }

  /// Returns whether `result`, which was made before, still speaks of what would be built of `version` now.
  func standing(of version: Version, _ result: VersionResult?) async throws -> Standing {
    var programs = KnownPrograms()
    return try await standing(of: version, result, &programs)
  }

  /// The compiler and QEMU as they name themselves, by the assembler that goes with the compiler.
  private typealias KnownPrograms = [String: (compiler: String, qemu: String)]

  private func standing(
    of version: Version, _ result: VersionResult?, _ programs: inout KnownPrograms
  ) async throws -> Standing {
    guard let result else { return .due("not run yet") }
    guard let key = result.key else { return .due("the run before did not get as far as compiling") }
    if result.verdict == .pass, let rung = result.rung, rung < goal {
      return .due("only \(rung.rawValue) before")
    }
    if result.patches.contains(where: { $0.outcome == .resolved }) {
      return .due("uses a recorded resolution")
    }
    let row = Toolchain.table.first { $0.compiler == compiler && $0.contains(version) }
    let name = row?.assembler.rawValue ?? ""
    if programs[name] == nil {
      guard let toolchain = try? await Toolchain.find(compiler, byteOrder, for: version),
        let machine = try? await Machine.find(byteOrder)
      else {
        return .due("this machine lacks a program")
      }
      programs[name] = (toolchain.summary, machine.version)
    }
    var now = result
    now.series = try variants.series(for: version).identity
    now.compiler = programs[name]?.compiler
    now.qemu = programs[name]?.qemu
    if try ContentKey(now, project).hex == key { return .stands(result) }
    return .due(change(from: result, to: now))
  }

  /// Returns which input of `now` is not that of `before`.
  private func change(from before: VersionResult, to now: VersionResult) -> String {
    if before.series != now.series { return "the series changed" }
    if before.compiler != now.compiler { return "built with \(before.compiler ?? "another compiler") before" }
    if before.qemu != now.qemu { return "ran in QEMU \(before.qemu ?? "of another version") before" }
    return "shim, user space, configuration or the tool's judgement changed"
  }
}
