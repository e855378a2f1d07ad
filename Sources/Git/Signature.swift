/// Who did something and when, as a commit records it.
///
/// Name and address are bytes: old histories hold Latin-1.
public struct Signature: Hashable, Sendable {
  /// The name, without `<`, `>` and line feeds.
  public var name: [UInt8]
  /// The mail address, without `<`, `>` and line feeds.
  public var email: [UInt8]
  /// Seconds since 1970-01-01 00:00 UTC.
  public var seconds: Int64
  /// Minutes that the clock of the place is ahead of UTC.
  public var offset: Int

  /// Makes a signature; what git forbids in a name or an address is left out of it.
  public init(name: [UInt8], email: [UInt8], seconds: Int64, offset: Int) {
    self.name = clean(name)
    self.email = clean(email)
    self.seconds = seconds
    self.offset = offset
  }

  /// The line of a commit object: `name <email> seconds +hhmm`.
  var line: [UInt8] {
    let minutes = abs(offset)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let zone = (offset < 0 ? "-" : "+") + two(minutes / 60) + two(minutes % 60)
    return name + " <".utf8 + email + "> \(seconds) \(zone)".utf8
  }

  /// Reads the line of a commit object; returns nil for any other text.
  init?(line: ArraySlice<UInt8>) {
    guard let open = line.firstIndex(of: UInt8(ascii: "<")),
      let close = line.lastIndex(of: UInt8(ascii: ">")),
      open < close
    else { return nil }
    let rest = String(decoding: line[(close + 1)...], as: UTF8.self).split(separator: " ")
    guard rest.count == 2, let seconds = Int64(rest[0]), let zone = Int(rest[1]) else { return nil }
    name = clean(Array(line[..<open]))
    email = clean(Array(line[(open + 1)..<close]))
    self.seconds = seconds
    offset = zone / 100 * 60 + zone % 100
  }
}

/// Returns `text` without the bytes that would end a field, trimmed as git trims names.
private func clean(_ text: [UInt8]) -> [UInt8] {
  let crud = Set(" .,:;<>\"\\'".utf8)
  let kept = text.filter { $0 >= 0x20 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
  let isCrud = { (byte: UInt8) in byte <= 0x20 || crud.contains(byte) }
  let start = kept.firstIndex { !isCrud($0) } ?? kept.endIndex
  let end = kept.lastIndex { !isCrud($0) }.map { $0 + 1 } ?? start
  return Array(kept[start..<end])
}
