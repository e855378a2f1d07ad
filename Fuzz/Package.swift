// swift-tools-version: 6.2

import PackageDescription

func fuzzer(_ name: String, in directory: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["CLibFuzzer", .product(name: "PatchStack", package: "xip-rebase")],
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
    fuzzer("fuzz-parser", in: "Parser"),
    fuzzer("fuzz-applier", in: "Applier"),
  ],
  swiftLanguageModes: [.v6]
)
