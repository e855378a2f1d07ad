// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// Whether libgit2 can be linked without its network transports, as Sources/LocalGit2 explains.
///
/// It can where libgit2 is the build of Debian 12, whose members that file knows. Elsewhere the shared library does as
/// well, and starts more slowly.
let hasLocalGit2 = ["x86_64", "aarch64"].contains { machine in
  let folder = "/usr/lib/\(machine)-linux-gnu"
  let about = FileManager.default.contents(atPath: folder + "/pkgconfig/libgit2.pc") ?? Data()
  let text = String(decoding: about, as: UTF8.self)
  return text.contains("Version: 1.5.") && text.contains("-lmbedtls") && text.contains("-lhttp_parser")
    && text.contains("-lssh2") && FileManager.default.fileExists(atPath: folder + "/libgit2.a")
}

/// The settings of every target: strict concurrency, and imports that say what they expose.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let git2: [Target] =
  hasLocalGit2
  ? [
    .systemLibrary(name: "CLibgit2"),
    .target(
      name: "LocalGit2", dependencies: ["CLibgit2"],
      linkerSettings: [
        .linkedLibrary(":libgit2.a"), .linkedLibrary("pcre2-8"), .linkedLibrary("z"),
      ]),
  ]
  : [.systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])])]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of room: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: room == "EndToEnd" ? room : "\(room)Tests",
    dependencies: dependencies + ["TestSupport", "Host", system],
    path: "Tests/" + (room == "EndToEnd" ? room : "\(room)Tests"),
    swiftSettings: strict
  )
}

let package = Package(
  name: "xip-rebase",
  products: [
    .executable(name: "xip-rebase", targets: ["xip-rebase"]),
    .library(name: "PatchStack", targets: ["PatchStack"]),
    // What the fuzzers look into; see Fuzz.
    .library(name: "XIPKernel", targets: ["XIPKernel"]),
    .library(name: "Reports", targets: ["Reports", "VersionMatrix"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    // Without its traits the package leaves Foundation (and with it ICU) out.
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: git2 + [
    .target(name: "CLibArchive", linkerSettings: [.linkedLibrary("dl")]),

    room("Versions"),
    room("Host", [system, .product(name: "Subprocess", package: "swift-subprocess")]),
    room("Git", ["CLibgit2", "Host", system] + (hasLocalGit2 ? ["LocalGit2"] : [])),
    room("PatchStack", ["Git", "Versions", "Host", system]),
    room("KernelTrees", ["Git", "CLibArchive", "Versions", "Host", system]),
    room("FlashCost", ["Host", system]),
    room("XIPKernel", ["FlashCost", "Versions", "Host", system]),
    room(
      "VersionMatrix",
      ["Git", "PatchStack", "KernelTrees", "XIPKernel", "FlashCost", "Versions", "Host", system]),
    room(
      "Reports", ["VersionMatrix", "PatchStack", "KernelTrees", "XIPKernel", "FlashCost", "Versions", "Host"]),
    .executableTarget(
      name: "xip-rebase",
      dependencies: [
        "Reports", "VersionMatrix", "PatchStack", "KernelTrees", "XIPKernel", "FlashCost", "Versions", "Host",
        system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),

    .executableTarget(
      name: "soak", dependencies: ["PatchStack", "XIPKernel", "Versions", "Host", system], path: "Tests/Soak",
      swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["Host", system], path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "Host"),
    tests(of: "Versions", ["Versions"]),
    tests(of: "Git", ["Git"]),
    tests(of: "PatchStack", ["PatchStack", "Git", "Versions"]),
    tests(of: "KernelTrees", ["KernelTrees", "Git", "Versions"]),
    tests(of: "FlashCost", ["FlashCost"]),
    tests(of: "XIPKernel", ["XIPKernel", "FlashCost", "Versions"]),
    tests(
      of: "VersionMatrix",
      ["VersionMatrix", "PatchStack", "KernelTrees", "XIPKernel", "FlashCost", "Versions"]),
    tests(of: "Reports", ["Reports", "VersionMatrix", "FlashCost", "PatchStack", "Versions"]),
    tests(
      of: "Command",
      [
        "VersionMatrix", "Versions", "KernelTrees", "xip-rebase",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    tests(of: "EndToEnd", ["Reports", "VersionMatrix", "XIPKernel", "FlashCost", "xip-rebase"]),
  ],
  swiftLanguageModes: [.v6]
)
