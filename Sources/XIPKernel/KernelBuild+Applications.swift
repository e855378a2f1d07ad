public import Host
public import SystemPackage

/// The kernels of the boots with applications, and what they boot.
public struct ApplicationKernels: Sendable {
  /// The files of each kernel, in folders of the version's results.
  let files: [ApplicationPlace: KernelFiles]
  /// The programs.
  let applications: Applications
  /// The physical addresses of the flash where the kernel looks for the file system.
  let region: Range<Address>
}

extension KernelBuild {
  /// Builds the kernels that boot applications from flash and from RAM, in a copy of the directory of the objects.
  ///
  /// They have the configuration of the kernels that were built before and what `applications.config` sets.
  ///
  /// - Parameters:
  ///   - sources: The directory of the programs and of `applications.config`.
  ///   - progress: Told of the objects made.
  /// - Returns: The kernels.
  /// - Throws: `XIPKernelError` when one cannot be built.
  public func run(
    applications sources: FilePath, progress: Progress
  ) async throws(XIPKernelError) -> ApplicationKernels {
    let directory = objects.appending("\(toolchain.directoryName)-applications")
    try await copy(objects.appending(toolchain.directoryName), to: directory)
    let applications = try await Applications(building: sources, inputs, into: directory, with: toolchain)
    let make = KernelMake(
      tree: tree, objects: directory, toolchain: toolchain, jobs: jobs, confinement: confinement)
    var files: [ApplicationPlace: KernelFiles] = [:]
    var region: Range<Address>?
    for place in ApplicationPlace.allCases {
      let its = KernelFiles(results.directory.appending("applications").appending(place.rawValue))
      try XIPKernelError.file { () throws(FileFailure) in try Files.makeDirectory(its.directory) }
      let configuration = try await configured(place, sources, with: make, its)
      region = region ?? configuration.applicationRegion
      progress(.noted("building the kernel with applications in \(place.words)"))
      _ = try await make.run(["vmlinux"], log: its.buildLog(place.kind)) { done in
        progress(.advanced(done: done, of: nil, unit: "objects"))
      }
      try XIPKernelError.file { () throws(FileFailure) in
        try Files.write(try Files.read(directory.appending("vmlinux")), to: its.vmlinux(place.kind))
      }
      files[place] = its
    }
    try XIPKernelError.file { () throws(FileFailure) in try Files.remove(directory) }
    guard let region else {
      throw .unusableInput(
        sources.appending("applications.config"), line: nil,
        problem: "MTD_PHYSMAP_START and MTD_PHYSMAP_LEN are no part of the flash")
    }
    return ApplicationKernels(files: files, applications: applications, region: region)
  }

  /// Writes the configuration of the kernel for `place` to the directory of the objects and returns it.
  private func configured(
    _ place: ApplicationPlace, _ sources: FilePath, with make: KernelMake, _ files: KernelFiles
  ) async throws(XIPKernelError) -> KernelConfiguration {
    let fragment = sources.appending("applications.config")
    let request = try KernelConfiguration.Request(
      over: results.configuration(place.kind), fragment, for: version,
      settings: { settings in
        guard place == .flash else { return ["INITRAMFS_SOURCE": "\"\(Applications.listName)\""] }
        let line = (settings["CMDLINE"] ?? "\"\"").dropLast()
        return [
          "INITRAMFS_SOURCE": "\"\"", "CMDLINE": "\(line) root=mtd0 rootfstype=cramfs ro init=/init\"",
        ]
      })
    let config = make.objects.appending(".config")
    try XIPKernelError.file { () throws(FileFailure) in try Files.write(request.merged.lines, to: config) }
    _ = try await make.run(["olddefconfig"], log: files.configureLog(place.kind))
    let final = try KernelConfiguration(reading: config)
    let lost = request.lost(in: final)
    guard lost.isEmpty else { throw .symbolsLost(lost) }
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(try Files.read(config), to: files.configuration(place.kind))
    }
    return final
  }
}

extension ApplicationPlace {
  /// The place in a message.
  var words: String {
    switch self {
    case .flash: "flash"
    case .ram: "an initramfs"
    case .twin: "an initramfs, and itself in RAM"
    }
  }
}
