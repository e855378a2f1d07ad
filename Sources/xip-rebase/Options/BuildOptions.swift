import ArgumentParser
import XIPKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a version is built with.
struct BuildOptions: ParsableArguments {
  @Option(help: "The compiler: gcc or clang.")
  var toolchain: Compiler = .gcc

  @Option(help: "The order of the bytes in the kernel's words: little or big.")
  var byteOrder: ByteOrder = .little

  @Option(help: "How many compilers run at once. Default: one a processor.")
  var jobs: Int?

  /// How many compilers run at once.
  var compilers: Int { jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

  func validate() throws {
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs has to be 1 or more") }
  }
}
