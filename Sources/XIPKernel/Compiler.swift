/// The two columns of the toolchain table.
public enum Compiler: String, Codable, CaseIterable, Sendable {
  /// The GNU cross compiler: builds every version of the range, and is the faster.
  case gcc
  /// LLVM 19's clang, with its own linker.
  case clang
}

/// What turns compiler output and `.S` files into objects.
public enum Assembler: String, Codable, Sendable {
  /// GNU as of the cross binutils.
  case gnu
  /// The one inside clang (`LLVM_IAS=1`).
  case integrated
}
