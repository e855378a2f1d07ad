import Host
import SystemPackage
import TestSupport

/// What `Tests/Faults/faults.c` does to the calls of the tool and of the programs that it starts.
struct Faults: Sendable {
  /// A kind of fault, by the name that the library has for it.
  enum Kind: String, CaseIterable {
    case kill, child, nospace, io, interrupt, short, unsynced
  }

  /// What a run came to.
  struct Run {
    let completion: Command.Completion
    /// The calls at which this fault could happen.
    let calls: Int
    /// The program, call and file that it happened to; empty when the run had ended before.
    let hit: String
  }

  /// Whether this machine can compile the library.
  static let isPossible = Command("cc").resolved() != nil

  private let library: FilePath
  private let state: FilePath

  /// Compiles the library, once.
  private static let compiled = Task { () throws -> [UInt8] in
    try await withTemporaryDirectory { directory in
      let library = directory.appending("faults.so")
      let source = Tool.project.appending("Tests").appending("Faults").appending("faults.c")
      let options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
      _ = try await Command("cc", options + ["-o", library.string, source.string, "-ldl"]).output()
      return try Files.read(library)
    }
  }

  /// Puts the library into `directory`.
  init(in directory: FilePath) async throws {
    library = directory.appending("faults.so")
    state = directory.appending("faults.state")
    try Files.write(try await Self.compiled.value, to: library)
  }

  /// Runs the tool in `checkout`, whose files count, with the fault at call number `call`; 0 for none.
  ///
  /// Of these files, those count that have `name` in their paths.
  func run(
    _ arguments: [String], in checkout: Checkout, environment: [String: String], _ kind: Kind, at call: Int,
    on name: String = ""
  ) async throws -> Run {
    try Files.write([UInt8](repeating: 0, count: 8192), to: state)
    let faults = [
      "FAULT_KIND": kind.rawValue, "FAULT_AT": "\(call)", "FAULT_UNDER": checkout.directory.string,
      "FAULT_NAMED": name, "FAULT_STATE": state.string, "FAULT_LIBRARY": library.string,
    ]
    var tool = checkout.tool(environment.merging(faults) { $1 })
    // The shell that starts the tool is none of its programs.
    tool.program = "sh"
    let start = ["-c", #"LD_PRELOAD=$FAULT_LIBRARY exec "$@""#, "sh", Tool.path]
    let completion = try await tool.run(start + arguments)
    let bytes = try Files.read(state)
    let calls = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    let hit = bytes[12...].prefix { $0 != 0 }
    return Run(completion: completion, calls: Int(calls), hit: String(decoding: hit, as: UTF8.self))
  }
}
