/// Returns the text of a zlib stream (RFC 1950 and 1951), or nil when it is malformed or not `length` bytes long.
///
/// Binary patches are the only use, so it is short rather than fast.
func inflated(_ stream: [UInt8], length: Int) -> [UInt8]? {
  var bits = BitReader(bytes: stream, position: 2)
  guard stream.count > 6, stream[0] & 15 == 8, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0,
    stream[1] & 0x20 == 0
  else { return nil }
  var text: [UInt8] = []
  var isLast = false
  while !isLast {
    guard let last = bits.take(1), let kind = bits.take(2) else { return nil }
    isLast = last == 1
    switch kind {
    case 0:
      guard let run = bits.storedBlock() else { return nil }
      text += run
    case 1:
      let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
      let codes = (HuffmanCode(lengths), HuffmanCode(Array(repeating: 5, count: 30)))
      guard inflateBlock(&bits, codes, into: &text, limit: length) else { return nil }
    case 2:
      guard let codes = dynamicCodes(&bits), inflateBlock(&bits, codes, into: &text, limit: length) else {
        return nil
      }
    default: return nil
    }
    if text.count > length { return nil }
  }
  return text.count == length && bits.trailer() == adler32(text) ? text : nil
}

/// Returns a zlib stream that holds `text` as it is.
func deflatedByStoring(_ text: [UInt8]) -> [UInt8] {
  var stream: [UInt8] = [0x78, 0x01]
  var start = 0
  repeat {
    let end = min(start + 0xffff, text.count)
    let length = UInt16(end - start)
    stream.append(end == text.count ? 1 : 0)
    for value in [length, ~length] { stream += [UInt8(value & 0xff), UInt8(value >> 8)] }
    stream += text[start..<end]
    start = end
  } while start < text.count
  return withUnsafeBytes(of: adler32(text).bigEndian) { stream + $0 }
}

private struct BitReader {
  let bytes: [UInt8]
  var position: Int
  var held: UInt32 = 0
  var count = 0

  init(bytes: [UInt8], position: Int) {
    self.bytes = bytes
    self.position = position
  }

  /// Returns the next bits, the first of them in the lowest place.
  mutating func take(_ wanted: Int) -> Int? {
    while count < wanted {
      guard position < bytes.count else { return nil }
      held |= UInt32(bytes[position]) << UInt32(count)
      position += 1
      count += 8
    }
    defer {
      held >>= UInt32(wanted)
      count -= wanted
    }
    return Int(held & (1 << UInt32(wanted) - 1))
  }

  mutating func storedBlock() -> ArraySlice<UInt8>? {
    held = 0
    count = 0
    guard let length = take(16), let complement = take(16), length == ~complement & 0xffff,
      position + length <= bytes.count
    else { return nil }
    defer { position += length }
    return bytes[position..<(position + length)]
  }

  /// Returns the checksum behind the last block.
  mutating func trailer() -> UInt32? {
    held = 0
    count = 0
    guard position + 4 <= bytes.count else { return nil }
    return bytes[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// A canonical code: how many symbols there are of each length, and the symbols in order.
private struct HuffmanCode {
  private var counts = Array(repeating: 0, count: 16)
  private let symbols: [Int]

  init(_ lengths: [Int]) {
    for length in lengths where length > 0 { counts[length] += 1 }
    symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
  }

  func symbol(_ bits: inout BitReader) -> Int? {
    var code = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      guard let bit = bits.take(1) else { return nil }
      code |= bit
      if code - counts[length] < first { return symbols[index + code - first] }
      index += counts[length]
      first = (first + counts[length]) << 1
      code <<= 1
    }
    return nil
  }
}

private func dynamicCodes(_ bits: inout BitReader) -> (HuffmanCode, HuffmanCode)? {
  guard let literals = bits.take(5), let distances = bits.take(5), let count = bits.take(4) else {
    return nil
  }
  let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
  var lengths = Array(repeating: 0, count: 19)
  for place in order.prefix(count + 4) {
    guard let length = bits.take(3) else { return nil }
    lengths[place] = length
  }
  let code = HuffmanCode(lengths)
  let total = literals + 257 + distances + 1
  lengths = []
  while lengths.count < total {
    guard let symbol = code.symbol(&bits) else { return nil }
    switch symbol {
    case ..<16: lengths.append(symbol)
    case 16:
      guard let extra = bits.take(2), let last = lengths.last else { return nil }
      lengths += Array(repeating: last, count: 3 + extra)
    case 17:
      guard let extra = bits.take(3) else { return nil }
      lengths += Array(repeating: 0, count: 3 + extra)
    default:
      guard let extra = bits.take(7) else { return nil }
      lengths += Array(repeating: 0, count: 11 + extra)
    }
  }
  guard lengths.count == total else { return nil }
  return (HuffmanCode(Array(lengths[..<(literals + 257)])), HuffmanCode(Array(lengths[(literals + 257)...])))
}

private func inflateBlock(
  _ bits: inout BitReader, _ codes: (literals: HuffmanCode, distances: HuffmanCode), into text: inout [UInt8],
  limit: Int
) -> Bool {
  let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
  ]
  let lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
  let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097, 6145, 8193, 12289, 16385, 24577,
  ]
  while text.count <= limit {
    guard let symbol = codes.literals.symbol(&bits) else { return false }
    if symbol == 256 { return true }
    if symbol < 256 {
      text.append(UInt8(symbol))
      continue
    }
    guard symbol - 257 < lengthBases.count, let extra = bits.take(lengthBits[symbol - 257]),
      let place = codes.distances.symbol(&bits), place < distanceBases.count,
      let more = bits.take(max(0, place / 2 - 1))
    else { return false }
    let distance = distanceBases[place] + more
    guard distance <= text.count else { return false }
    for _ in 0..<(lengthBases[symbol - 257] + extra) { text.append(text[text.count - distance]) }
  }
  return false
}

private func adler32(_ text: [UInt8]) -> UInt32 {
  var low: UInt32 = 1
  var high: UInt32 = 0
  for byte in text {
    low = (low + UInt32(byte)) % 65521
    high = (high + low) % 65521
  }
  return high << 16 | low
}
