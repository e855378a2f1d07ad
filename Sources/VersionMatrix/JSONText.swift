#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The text of a JSON document, for finding the line that a decoding error speaks of.
///
/// `JSONDecoder` names the path of a wrong value, a person looks for its line.
struct JSONText {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Returns the number of the line, from 1, on which the value at `path` starts, or of the innermost value on
  /// the way to it that is there.
  func line(of path: [any CodingKey]) -> Int {
    var position = start(of: 0)
    for step in path {
      guard
        let next = step.intValue.map({ element($0, of: position) }) ?? member(step.stringValue, of: position)
      else { break }
      position = next
    }
    return bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
  }

  /// Returns the first name that an object of this valid document has twice, with the line of its second place, or nil.
  ///
  /// Decoders take one of the two, and do not say which.
  var duplicate: (name: String, line: Int)? {
    var objects: [Set<[UInt8]>?] = []
    var position = 0
    // Whether the next text is the name of a member.
    var isName = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "{"):
        objects.append([])
        isName = true
      case UInt8(ascii: "["):
        objects.append(nil)
        isName = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = objects.popLast()
        isName = false
      case UInt8(ascii: ","): isName = objects.last.flatMap(\.self) != nil
      case UInt8(ascii: "\""):
        let behind = end(of: position)
        if isName, let last = objects.indices.last, objects[last] != nil {
          let name = Self.text(bytes[position..<behind])
          if objects[last]?.insert(name).inserted == false {
            let line = bytes[..<position].count { $0 == UInt8(ascii: "\n") } + 1
            return (String(decoding: name, as: UTF8.self), line)
          }
        }
        isName = false
        position = behind - 1
      default: break
      }
      position += 1
    }
    return nil
  }

  /// Returns what a quoted text says; one with escapes is read by the decoder.
  private static func text(_ quoted: ArraySlice<UInt8>) -> [UInt8] {
    let inner = quoted.dropFirst().dropLast()
    guard inner.contains(UInt8(ascii: "\\")),
      let text = try? JSONDecoder().decode(
        [String].self, from: Data([UInt8(ascii: "[")] + quoted + [UInt8(ascii: "]")]))
    else { return Array(inner) }
    return Array((text.first ?? "").utf8)
  }

  /// Returns where the first value at or behind `index` starts.
  private func start(of index: Int) -> Int {
    bytes[index...].firstIndex { !Self.blank.contains($0) && $0 != UInt8(ascii: ",") } ?? bytes.endIndex
  }

  private func element(_ number: Int, of array: Int) -> Int? {
    guard array < bytes.count, bytes[array] == UInt8(ascii: "[") else { return nil }
    var position = start(of: array + 1)
    for _ in 0..<number {
      guard position < bytes.count, bytes[position] != UInt8(ascii: "]") else { return nil }
      position = start(of: end(of: position))
    }
    return position < bytes.count && bytes[position] != UInt8(ascii: "]") ? position : nil
  }

  private func member(_ name: String, of object: Int) -> Int? {
    guard object < bytes.count, bytes[object] == UInt8(ascii: "{") else { return nil }
    let quoted = Array("\"\(name)\"".utf8)
    var position = start(of: object + 1)
    while position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      let nameEnd = end(of: position)
      guard let colon = bytes[nameEnd...].firstIndex(of: UInt8(ascii: ":")) else { return nil }
      let value = start(of: colon + 1)
      if bytes[position..<nameEnd].elementsEqual(quoted) { return value }
      position = start(of: end(of: value))
    }
    return nil
  }

  /// Returns the index behind the value that starts at `index`.
  private func end(of index: Int) -> Int {
    var depth = 0
    var position = index
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
          position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        if depth == 0 { return min(position + 1, bytes.count) }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return position }
        depth -= 1
        if depth == 0 { return position + 1 }
      case UInt8(ascii: ",") where depth == 0:
        return position
      default: break
      }
      position += 1
    }
    return bytes.count
  }

  private static let blank: Set<UInt8> = Set(" \t\r\n".utf8)
}
