// swift-tools-version: 6.2

import PackageDescription

func fuzzer(_ name: String, of room: String, in directory: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["CLibFuzzer", .product(name: room, package: "xip-rebase")],
    path: directory)
}

/// The fuzzers, in a package of their own: all that they look into is built with libFuzzer's instrumentation.
///
/// `make fuzz` has the flags for that.
let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "xip-rebase", path: "..")],
  targets: [
    .target(name: "CLibFuzzer", path: "CLibFuzzer"),
    fuzzer("fuzz-parser", of: "PatchStack", in: "Parser"),
    fuzzer("fuzz-applier", of: "PatchStack", in: "Applier"),
    fuzzer("fuzz-elf", of: "XIPKernel", in: "ELF"),
    fuzzer("fuzz-qmp", of: "XIPKernel", in: "QMP"),
    fuzzer("fuzz-serial", of: "XIPKernel", in: "Serial"),
    fuzzer("fuzz-record", of: "Reports", in: "Record"),
  ],
  swiftLanguageModes: [.v6]
)
