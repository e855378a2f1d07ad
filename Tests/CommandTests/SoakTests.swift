import Host
import SystemPackage
import TestSupport
import Testing

/// The short form of `make soak`: work of one process again and again, in a process of its own.
@Suite struct SoakTests {
  private func soak(
    _ arguments: String..., environment: [String: String?] = [:]
  ) async throws -> Command.Completion {
    let program = FilePath(Tool.debugBuild).removingLastComponent().appending("soak").string
    return try await Command(program, arguments, environment: environment).completion()
  }

  @Test func dryRunsKeepTheirMemoryAndTheirFiles() async throws {
    try await Checkout.with { checkout in
      try await checkout.conflict("v6.13")
      let places = [checkout.kernel.path.string, checkout.series.string]
      let run = try await soak("dry-runs", "100", places[0], places[1])
      #expect(run.status == .exited(0), "\(run.text)")
      #expect(run.text.hasPrefix("100 dry runs onto 3 versions: "), "\(run.text)")
      let control = try await soak("dry-runs", "20", places[0], places[1], environment: ["SOAK_LEAK": "1"])
      #expect(control.status == .exited(1), "\(control.text)")
    }
  }

  @Test(.enabled(if: canCrossBuild, "needs the cross compiler"))
  func bootsKeepTheirMemoryTheirFilesAndNoChildren() async throws {
    try await Checkout.with { checkout in
      try await checkout.makeKernels(["v6.12.50"])
      _ = try await checkout.run("onto", "v6.12.50", "--until", "laid-out")
      let results = checkout.cache.appending("results/v6.12.50-gcc").string
      let run = try await soak("boots", "20", results, checkout.programs.string)
      #expect(run.status == .exited(0), "\(run.text)\(run.errorText)")
      #expect(run.text.contains("20 boots of kernel and twin: "), "\(run.text)")
    }
  }
}
