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
    var programs: [String: (compiler: String, qemu: String)] = [:]
    var standings: [Standing] = []
    for version in versions {
      guard let result = record.result(version.tag, toolchain: toolchainName) else {
        standings.append(.due("not run yet"))
        continue
      }
      guard let key = result.key else {
        standings.append(.due("the run before did not get as far as compiling"))
        continue
      }
      if result.verdict == .pass, let rung = result.rung, rung < goal {
        standings.append(.due("only \(rung.rawValue) before"))
        continue
      }
      if result.patches.contains(where: { $0.outcome == .resolved }) {
        standings.append(.due("uses a recorded resolution"))
        continue
      }
      let row = Toolchain.table.first { $0.compiler == compiler && $0.contains(version) }
      let name = row?.assembler.rawValue ?? ""
      if programs[name] == nil {
        guard let toolchain = try? await Toolchain.find(compiler, byteOrder, for: version),
          let machine = try? await Machine.find(byteOrder)
        else {
          standings.append(.due("this machine lacks a program"))
          continue
        }
        programs[name] = (toolchain.summary, machine.version)
      }
      var now = result
      now.series = try variants.series(for: version).identity
      now.compiler = programs[name]?.compiler
      now.qemu = programs[name]?.qemu
      if try ContentKey(now, project).hex == key {
        standings.append(.stands(result))
      } else {
        standings.append(.due(change(from: result, to: now)))
      }
    }
    return standings
  }

  /// Returns which input of `now` is not that of `before`.
  private func change(from before: VersionResult, to now: VersionResult) -> String {
    if before.series != now.series { return "the series changed" }
    if before.compiler != now.compiler { return "built with \(before.compiler ?? "another compiler") before" }
    if before.qemu != now.qemu { return "ran in QEMU \(before.qemu ?? "of another version") before" }
    return "shim, user space, configuration or the tool's judgement changed"
  }
}
