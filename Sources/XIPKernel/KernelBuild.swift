public import Host
public import SystemPackage
public import Versions

/// The building of one patched tree: its XIP kernel and the RAM-loaded twin.
public struct KernelBuild: Sendable {
  /// The release that the series stands on.
  public var version: Version
  /// The patched tree, which is not written to.
  public var tree: FilePath
  /// The project's own sources.
  public var inputs: Inputs
  /// The programs.
  public var toolchain: Toolchain
  /// A directory for the objects of every toolchain, kept from version to version.
  public var objects: FilePath
  /// The directory that gets this version's kernels, configurations and logs.
  public var results: KernelFiles
  /// How many compilers run at once.
  public var jobs: Int
  /// What the tree's makefiles are run in.
  public var confinement: Confinement
  /// The objects and linker scripts to make ahead of all others, such as `arch/mips/kernel/setup.o`: an early answer.
  ///
  /// Those that the configuration leaves out are passed over.
  public var ahead: [String] = []

  /// Makes the build of `tree`, which is `version` with the series, into `results`.
  public init(
    of version: Version, tree: FilePath, inputs: Inputs, toolchain: Toolchain, objects: FilePath,
    results: KernelFiles, jobs: Int, confinement: Confinement
  ) {
    self.version = version
    self.tree = tree
    self.inputs = inputs
    self.toolchain = toolchain
    self.objects = objects
    self.results = results
    self.jobs = jobs
    self.confinement = confinement
  }

  /// Builds both kernels, one after the other in one directory of objects.
  ///
  /// What was built last in the directory, of the same version, comes first: going back to it would rebuild the few
  /// objects in which the two kernels differ once more. What is to be made ahead is made as part of the first kernel.
  ///
  /// - Parameter progress: Told of the objects made, and of the total where it is known from earlier builds.
  /// - Returns: Both kernels, copied out of the directory.
  /// - Throws: `XIPKernelError`, after which the next run continues where this one stopped.
  public func run(progress: Progress) async throws(XIPKernelError) -> CompiledKernel {
    let directory = objects.appending(toolchain.directoryName)
    let lock = try XIPKernelError.file { () throws(FileFailure) -> FileLock? in
      try Files.makeDirectory(directory)
      try Files.makeDirectory(results.directory)
      return try FileLock(directory.appending(Names.lock))
    }
    guard let lock else { throw .directoryInUse(directory) }

    try XIPKernelError.file { () throws(FileFailure) in
      try Files.remove(results.xipImage)
      for kind in KernelKind.allCases {
        try Files.remove(results.vmlinux(kind))
        try Files.remove(results.configuration(kind))
      }
      if Files.exists(directory.appending(Names.unfinished)) {
        try removeUnfinished(in: directory, keeping: Names.all)
      }
      try Files.write([], to: directory.appending(Names.unfinished))
    }
    try await FirstProcess.build(inputs, into: directory, with: toolchain)

    let make = KernelMake(
      tree: tree, objects: directory, toolchain: toolchain, jobs: jobs, confinement: confinement)
    let configuration = try await configured(.xip, with: make)
    guard let address = configuration.xipAddress else {
      throw .unusableInput(
        inputs.config.appending("xip.config"), line: nil,
        problem: "it does not set XIP_KERNEL and XIP_PHYS_ADDR")
    }
    let differences = configuration.differences(from: try await configured(.twin, with: make))
    guard differences.isEmpty else { throw .twinDiffers(differences) }

    let order = try order(in: directory)
    var logs: [KernelKind: BuildLog] = [:]
    var seconds: [KernelKind: Double] = [:]
    let clock = ContinuousClock()
    for kind in order {
      let start = clock.now
      let deflates = kind == .xip && configuration.deflatesData
      logs[kind] = try await compiled(
        kind, ahead: kind == order.first ? ahead : [], deflates: deflates, with: make, progress: progress)
      seconds[kind] = (clock.now - start).seconds
    }
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.remove(directory.appending(Names.unfinished))
    }
    _ = consume lock

    var warnings: [String] = []
    for kind in order {
      for warning in logs[kind]?.warnings ?? [] where !warnings.contains(warning) { warnings.append(warning) }
    }
    return CompiledKernel(
      files: results, toolchain: toolchain, configuration: configuration, address: address,
      objects: logs.mapValues(\.objects), seconds: seconds, warnings: warnings)
  }

  /// The names of our own files in the directory of the objects.
  private enum Names {
    static let lock = ".xip-rebase.lock"
    static let unfinished = ".xip-rebase.unfinished"
    static let wanted = ".config.wanted"
    static let version = ".xip-rebase.version"
    static func count(_ kind: KernelKind) -> String { ".xip-rebase.objects-\(kind.rawValue)" }
    static let all: Set<String> = [lock, unfinished, version, count(.xip), count(.twin)]
  }

  /// Returns the order in which to build the kernels in `directory`, which becomes one of this version's objects.
  private func order(in directory: FilePath) throws(XIPKernelError) -> [KernelKind] {
    try XIPKernelError.file { () throws(FileFailure) in
      let version = Array((results.directory.lastComponent?.string ?? "").utf8)
      let place = directory.appending(Names.version)
      let isSame = Files.exists(place) ? try Files.read(place) == version : false
      if !isSame { try Files.write(version, to: place) }
      // Nearly every object of another version is made anew anyway, and the XIP kernel is what is in question.
      guard isSame, let present = try? KernelConfiguration(reading: directory.appending(".config")),
        present.xipAddress == nil
      else { return [.xip, .twin] }
      return [.twin, .xip]
    }
  }

  /// Writes the final configuration of `kind` to the results and returns it.
  private func configured(
    _ kind: KernelKind, with make: KernelMake
  ) async throws(XIPKernelError) -> KernelConfiguration {
    let request = try KernelConfiguration.Request(
      kind, of: version, tree: tree, inputs: inputs, byteOrder: toolchain.byteOrder,
      initramfs: FirstProcess.listName)
    let wanted = make.objects.appending(Names.wanted)
    try XIPKernelError.file { () throws(FileFailure) in try Files.write(request.merged.lines, to: wanted) }
    _ = try await make.run(
      ["KCONFIG_CONFIG=\(Names.wanted)", "olddefconfig"], log: results.configureLog(kind))
    let final = try KernelConfiguration(reading: wanted)
    let lost = request.lost(in: final)
    guard lost.isEmpty else { throw .symbolsLost(lost) }
    try XIPKernelError.file { () throws(FileFailure) in
      try Files.write(try Files.read(wanted), to: results.configuration(kind))
      try Files.remove(wanted)
      try Files.remove(FilePath(wanted.string + ".old"))
    }
    return final
  }

  /// Compiles one kernel and copies it to the results.
  private func compiled(
    _ kind: KernelKind, ahead: [String], deflates: Bool, with make: KernelMake, progress: Progress
  ) async throws(XIPKernelError) -> BuildLog {
    try XIPKernelError.file { () throws(FileFailure) in
      // A configuration that stays the same keeps its date, so that make has nothing to do for it.
      let config = make.objects.appending(".config")
      let content = try Files.read(results.configuration(kind))
      let isSame = Files.exists(config) ? try Files.read(config) == content : false
      if !isSame { try Files.write(content, to: config) }
    }
    let counted = make.objects.appending(Names.count(kind))
    let expected = expectedObjects(counted) ?? (kind == .xip ? Self.typicalObjects : nil)
    func tell(_ done: Int) {
      progress(.advanced(done: done, of: expected.map { max($0, done) }, unit: "objects"))
    }
    var early = BuildLog(roots: [])
    if !ahead.isEmpty { early = try await make.runAhead(ahead, log: results.aheadLog, object: tell) }
    let targets = deflates ? ["vmlinux", "xipImage"] : ["vmlinux"]
    var log = try await make.run(targets, log: results.buildLog(kind)) { tell(early.objects + $0) }
    log.follow(early)
    let vmlinux = make.objects.appending("vmlinux")
    guard log.orphans.isEmpty else {
      // Left there, it would be up to date for the next run, whose output would not tell.
      try XIPKernelError.file { () throws(FileFailure) in try Files.remove(vmlinux) }
      throw .orphanSections(log.orphans, log: results.buildLog(kind))
    }
    try XIPKernelError.file { () throws(FileFailure) in
      // A build that had nothing to do says nothing about the next one.
      if log.objects > 0 { try Files.write(Array("\(log.objects)\n".utf8), to: counted) }
      try Files.write(try Files.read(vmlinux), to: results.vmlinux(kind))
      if deflates {
        let image = make.objects.appending(FilePath("arch/mips/boot/xipImage").components)
        try Files.write(try Files.read(image), to: results.xipImage)
      }
    }
    return log
  }

  /// What a first build is told to come to: `config/malta.config` makes 977 objects and archives of 6.12.
  private static let typicalObjects = 1000

  /// Returns the number of objects the last build of the same kernel made, or nil before the first.
  private func expectedObjects(_ path: FilePath) -> Int? {
    guard let text = try? Files.read(path) else { return nil }
    return Int(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
