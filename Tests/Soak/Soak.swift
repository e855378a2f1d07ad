import Host
import PatchStack
import SystemPackage
import Versions
import XIPKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Does the same work again and again in one process, and tells whether memory and open files stay what they were.
///
///     soak dry-runs COUNT REPOSITORY SERIES     the series onto all stored versions, as `check` does
///     soak boots COUNT DIRECTORY [QEMU]         both kernels of what was built, as `onto` boots them
///
/// Exits with 1 when they grow, which `SOAK_LEAK` makes them do: its control.
@main
enum Soak {
  /// The share of the runs after which memory is compared: by then everything that is kept has been made.
  static let warmUp = 10
  /// How much more may be resident at the end: a twentieth, and 4 MiB, which allocators round up to.
  static let tolerance = (share: 0.05, bytes: 4 << 20)

  static func main() async {
    let words = CommandLine.arguments.dropFirst()
    do {
      guard words.count >= 3, let count = Int(words[words.startIndex + 1]), count >= warmUp
      else { throw Usage() }
      let places = words.dropFirst(2).map { FilePath($0) }
      switch words.first {
      case "dry-runs" where places.count == 2:
        let variants = try Variants(in: places[1])
        let versions = try Check.versions(in: places[0])
        try await soak("dry runs onto \(versions.count) versions", count) {
          let findings = try await Check.run(variants, onto: versions, repository: places[0], workers: 2)
          for finding in findings { _ = try finding.get() }
        }
      case "boots":
        let files = KernelFiles(places[0])
        let machine = try await Machine.find(
          try ELFFile(reading: files.vmlinux(.xip)).byteOrder, in: places.dropFirst().first)
        try await soak("boots of kernel and twin", count) {
          _ = try await machine.boot(files, progress: .silent)
        }
      default: throw Usage()
      }
    } catch {
      print("soak: \(error)")
      exit(error is Growth ? 1 : 2)
    }
  }

  private static func soak(_ what: String, _ count: Int, _ run: () async throws -> Void) async throws {
    let leak = getenv("SOAK_LEAK") != nil
    var early = Usage.Numbers()
    for number in 1...count {
      try await run()
      if leak {
        _ = open("/dev/null", O_RDONLY)
        let lost = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 16)
        memset(lost, 1, 1 << 20)
      }
      if number == count / warmUp { early = try .now }
    }
    let late = try Usage.Numbers.now
    print("\(count) \(what): \(early) after \(count / warmUp), \(late) after \(count)")
    let most = Int(Double(early.resident) * (1 + tolerance.share)) + tolerance.bytes
    guard late.files <= early.files, late.resident <= most, late.children == 0 else { throw Growth() }
  }
}

/// The command line is not one of those above.
private struct Usage: Error, CustomStringConvertible {
  var description: String { "soak dry-runs COUNT REPOSITORY SERIES, or soak boots COUNT DIRECTORY [QEMU]" }

  /// What the process takes.
  struct Numbers: CustomStringConvertible {
    /// The bytes that are resident.
    var resident = 0
    /// The open files.
    var files = 0
    /// The children that were not waited for, or still run.
    var children = 0

    static var now: Numbers {
      get throws {
        var numbers = Numbers()
        let words = String(decoding: try Files.read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
        numbers.resident = (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        numbers.files = try Files.list("/proc/self/fd").count
        for thread in try Files.list("/proc/self/task") {
          let children = try? Files.read(FilePath("/proc/self/task/\(thread)/children"))
          numbers.children += (children ?? []).split(separator: UInt8(ascii: " ")).count
        }
        return numbers
      }
    }

    var description: String {
      let tenths = (resident * 10) >> 20
      return "\(tenths / 10).\(tenths % 10) MiB, \(files) open files, \(children) children"
    }
  }
}

/// Memory or open files grew.
private struct Growth: Error, CustomStringConvertible {
  var description: String { "memory, open files or children grew" }
}
