extension MemoryLine {
  /// Returns whether the line's `kernel code` is the text between two addresses.
  ///
  /// mm_init_println() prints `_etext - _stext` in KiB, rounded down (mm/mm_init.c).
  func codeIsText(from start: Address?, to end: Address?) -> Finding {
    guard let start, let end else { return Finding(passed: false, read: "no _stext or _etext") }
    let code = partsKiB["kernel code"]
    let size = end.distance(from: start)
    return Finding(
      passed: size > 0 && code == size / 1024,
      read: "\(code.map { "\($0)K" } ?? "no") kernel code; _stext \(start), _etext \(end): \(size) bytes")
  }
}
