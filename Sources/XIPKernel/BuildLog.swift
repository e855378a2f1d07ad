/// What the output of the kernel's quiet `make` tells, line by line.
struct BuildLog: Sendable {
  /// The objects and archives made so far.
  private(set) var objects = 0
  /// The compiler's and linker's warnings, each once.
  private(set) var warnings: [String] = []
  /// Those of the linker about sections that its script does not name.
  private(set) var orphans: [String] = []
  /// The files that the build looks for and the tree lacks.
  private(set) var missing: [String] = []
  /// The first error of a compiler, an assembler or the linker.
  private(set) var firstError: String?
  /// The first line that says the compiler broke.
  private(set) var crash: String?
  /// The first line that says that the machine had no memory or no room.
  private(set) var exhaustion: String?
  /// `make`'s own first words about a failure, behind those of the program that failed, which nothing else explains.
  private(set) var makeError: String?

  /// The last line that was neither `make`'s nor a quiet one.
  private(set) var lastWords: String?

  private let prefixes: [String]

  /// Makes an empty log.
  ///
  /// - Parameter roots: The directories that are left out of the names of files below them.
  init(roots: [String]) {
    prefixes = roots.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
  }

  /// Takes the next line.
  ///
  /// - Returns: Whether the line tells of one more object.
  @discardableResult
  mutating func add(_ line: ArraySlice<UInt8>) -> Bool {
    if line.starts(with: [0x20, 0x20]) {
      for tag in Self.objectTags where line.dropFirst(2).starts(with: tag) {
        objects += 1
        return true
      }
      return false
    }
    // Most lines are the quiet ones above; only these are worth a string.
    judge(normalised(String(decoding: line, as: UTF8.self)))
    return false
  }

  /// Takes in what `earlier`, the log of a part of the same build, counted and warned of.
  mutating func follow(_ earlier: BuildLog) {
    objects += earlier.objects
    warnings = earlier.warnings + warnings.filter { !earlier.warnings.contains($0) }
  }

  /// What the words of whatever ran out of room, had a broken disk, or was killed, have in them: gcc's of the compiler proper, collect2's of
  /// the linker.
  private static let signsOfExhaustion = [
    "No space left on device", "Input/output error", "virtual memory exhausted", "out of memory allocating",
    "Killed signal terminated program", "terminated with signal 9 ", "terminated with signal 15 ",
  ]

  /// Those of a compiler or linker that broke.
  private static let signsOfCrash = [
    "internal compiler error", "PLEASE submit a bug report", "unable to execute command: ",
    " signal terminated program ", "terminated with signal ",
  ]

  private static let objectTags = ["CC ", "AS ", "LD ", "AR "].map { Array($0.utf8) }

  private mutating func judge(_ line: String) {
    if let file = Self.missingFile(in: line), !missing.contains(file) { missing.append(file) }
    if Self.signsOfExhaustion.contains(where: line.contains)
      || Self.ended(line, by: ["Killed", "Terminated", "Error 137", "Error 143"])
    {
      exhaustion = exhaustion ?? line
    } else if Self.signsOfCrash.contains(where: line.contains)
      || Self.ended(
        line, by: ["Segmentation fault", "Bus error", "Aborted", "Error 139", "Error 135", "Error 134"])
    {
      crash = crash ?? line
    } else if isLinker(line), line.contains("orphan section") || line.contains("is being placed in") {
      if !orphans.contains(line) { orphans.append(line) }
    } else if line.contains(": warning: ") || line.contains("warning: unmet direct dependencies") {
      if !warnings.contains(line) { warnings.append(line) }
    } else if Self.isMakeError(line) {
      makeError = makeError ?? [lastWords, line].compactMap { $0 }.joined(separator: ": ")
    } else if line.contains(": error: ") || line.contains(": fatal error: ") || line.contains(": Error: ")
      || line.hasPrefix("ERROR: ") || line.hasPrefix("error: ")
      || isLinker(line) && (line.contains("undefined reference to") || line.contains("relocation truncated"))
    {
      firstError = firstError ?? line
    }
    if !line.hasPrefix("make"), !line.allSatisfy(\.isWhitespace) { lastWords = line }
  }

  /// Returns the line without the machine's own paths.
  private func normalised(_ line: String) -> String {
    var line = line
    for prefix in prefixes {
      while let range = line.firstRange(of: prefix) { line.removeSubrange(range) }
    }
    return line
  }

  private func isLinker(_ line: String) -> Bool {
    // `mipsel-linux-gnu-ld: …`, `ld.lld: …`, and of GNU ld also `file.o: in function `f': …`.
    line.contains("ld: ") || line.hasPrefix("ld.lld") || line.contains("undefined reference to")
      || line.contains("relocation truncated")
  }

  private static func isMakeError(_ line: String) -> Bool {
    guard line.hasPrefix("make"), let colon = line.firstIndex(of: ":") else { return false }
    return line[colon...].hasPrefix(": *** ")
  }

  /// Returns whether `make` says in the line that a program ended in one of these ways: by a signal,
  /// `make[2]: *** [scripts/Makefile.build:243: mm/x.o] Killed`, or by that of a shell, 128 and the signal's number.
  private static func ended(_ line: String, by ways: [String]) -> Bool {
    guard isMakeError(line), let bracket = line.ranges(of: "] ").last else { return false }
    return ways.contains { line[bracket.upperBound...].hasPrefix($0) }
  }

  /// Returns the file that the line says is not there, or nil.
  private static func missingFile(in line: String) -> String? {
    func between(_ start: String, _ end: String) -> String? {
      guard let head = line.firstRange(of: start) else { return nil }
      let rest = line[head.upperBound...]
      return rest.firstRange(of: end).map { String(rest[..<$0.lowerBound]) }
    }
    // `make[3]: *** No rule to make target 'drivers/bus/mips_cdmm.o', needed by …`
    if let target = between("No rule to make target '", "'") { return target }
    // `drivers/Kconfig:7: can't open file "drivers/bus/Kconfig"`
    if let file = between("can't open file \"", "\"") { return file }
    // `arch/x.c:7:10: fatal error: soc/y.h: No such file or directory`, `scripts/Makefile.build:41: a/Makefile: No such …`
    guard let end = line.firstRange(of: ": No such file or directory") else { return nil }
    let file = line[..<end.lowerBound].split(separator: " ").last.map(String.init) ?? ""
    return file.isEmpty ? nil : file.trimmed(of: "‘’'`\"")
  }
}

extension String {
  fileprivate func trimmed(of characters: String) -> String {
    var text = self[...]
    while let first = text.first, characters.contains(first) { text.removeFirst() }
    while let last = text.last, characters.contains(last) { text.removeLast() }
    return String(text)
  }
}
