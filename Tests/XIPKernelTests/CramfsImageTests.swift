import Testing

@testable import XIPKernel

/// Reads an image the way `fs/cramfs/inode.c` does.
private struct CramfsReader {
  let bytes: [UInt8]
  let order: ByteOrder

  struct Inode {
    let mode: UInt16
    let size: Int
    let nameLength: Int
    let offset: Int
  }

  func word(_ offset: Int) -> UInt32 { order.word(bytes, at: offset) ?? 0 }

  func inode(_ place: Int) -> Inode {
    let words = [word(place), word(place + 4), word(place + 8)]
    return order == .little
      ? Inode(
        mode: UInt16(truncatingIfNeeded: words[0]), size: Int(words[1] & 0xff_ffff),
        nameLength: Int(words[2] & 0x3f) * 4, offset: Int(words[2] >> 6) * 4)
      : Inode(
        mode: UInt16(words[0] >> 16), size: Int(words[1] >> 8), nameLength: Int(words[2] >> 26) * 4,
        offset: Int(words[2] & 0x3ff_ffff) * 4)
  }

  /// The names in a directory, each with the place of its inode.
  func list(_ directory: Inode) -> [(name: String, place: Int)] {
    var place = directory.offset
    var found: [(String, Int)] = []
    while place < directory.offset + directory.size {
      let length = inode(place).nameLength
      let name = bytes[place + 12..<place + 12 + length]
      found.append((String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), place))
      place += 12 + length
    }
    return found
  }

  func content(_ file: Inode) -> [UInt8] {
    let count = (file.size + 4095) / 4096
    return (0..<count).flatMap { number -> [UInt8] in
      let pointer = word(file.offset + 4 * number)
      #expect(pointer >> 30 == 3, "direct and uncompressed")
      let start = Int(pointer & 0x3fff_ffff) << 2
      #expect(start.isMultiple(of: 4096))
      let size = number == count - 1 ? file.size % 4096 : 4096
      return Array(bytes[start..<start + size])
    }
  }
}

@Suite struct CramfsImageTests {
  private static let program = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }

  private static let root: [String: CramfsImage.Node] = [
    "second": .file(mode: 0o755, program), "init": .file(mode: 0o755, [1, 2, 3]),
    "dev": .directory(mode: 0o755, ["console": .device(mode: 0o600, major: 5, minor: 1)]),
    "proc": .directory(mode: 0o555, [:]), "empty": .file(mode: 0o644, []),
  ]

  @Test(arguments: ByteOrder.allCases) func isReadBack(order: ByteOrder) throws {
    let image = try CramfsImage(Self.root, order)
    let reader = CramfsReader(bytes: image.bytes, order: order)
    #expect(reader.word(0) == 0x28cd_3d45)
    #expect(Int(reader.word(4)) == image.bytes.count && image.bytes.count.isMultiple(of: 4096))
    #expect(reader.word(8) == 0x803)
    #expect(String(decoding: image.bytes[16..<32], as: UTF8.self) == "Compressed ROMFS")
    #expect([reader.word(40), reader.word(44)] == [4, 7], "blocks and inodes")

    let root = reader.inode(64)
    #expect(root.mode == 0o040755 && root.offset == 76)
    let names = reader.list(root)
    #expect(names.map(\.name) == ["dev", "empty", "init", "proc", "second"])
    let inodes = Dictionary(uniqueKeysWithValues: names.map { ($0.name, reader.inode($0.place)) })
    #expect(reader.content(inodes["second"]!) == Self.program)
    #expect(reader.content(inodes["init"]!) == [1, 2, 3])
    #expect(inodes["empty"]!.size == 0 && inodes["empty"]!.offset == 0)
    #expect(inodes["proc"]!.mode == 0o040555 && inodes["proc"]!.offset == 0)
    let console = try #require(reader.list(inodes["dev"]!).first)
    #expect(console.name == "console")
    #expect(reader.inode(console.place).mode == 0o020600 && reader.inode(console.place).size == 0x501)
  }

  @Test func itsFilesLieInOnePiece() throws {
    let image = try CramfsImage(Self.root, .little)
    let start = try #require(image.files["second"])
    #expect(start.isMultiple(of: 4096))
    #expect(Array(image.bytes[start..<start + Self.program.count]) == Self.program)
    // The kernel maps the last page only where nothing but zeros stands behind the file.
    #expect(image.bytes[start + Self.program.count..<start + 3 * 4096].allSatisfy { $0 == 0 })
  }

  /// The checksum is over the image with zeros in the checksum's place.
  @Test func itsChecksumIsRight() throws {
    let image = try CramfsImage(Self.root, .big)
    var bytes = image.bytes
    let stored = ByteOrder.big.word(bytes, at: 32)
    bytes.put([0, 0, 0, 0], at: 32)
    #expect(CRC32.value(of: bytes) == stored)
    // The check value of the CRC catalogues.
    #expect(CRC32.value(of: Array("123456789".utf8)) == 0xcbf4_3926)
  }

  @Test func whatTheFormatCannotHoldIsRefused() {
    func problem(_ root: [String: CramfsImage.Node]) -> CramfsImage.Problem? {
      do throws(CramfsImage.Problem) {
        _ = try CramfsImage(root, .little)
        return nil
      } catch {
        return error
      }
    }
    let page = [UInt8](repeating: 1, count: 4096)
    #expect(problem(["a": .directory(mode: 0o755, ["b": .file(mode: 0o755, page)])]) == .fillsPage("a/b"))
    #expect(problem(["a/b": .file(mode: 0o755, [])]) == .name("a/b"))
    #expect(problem(["": .file(mode: 0o755, [])]) == .name(""))
    #expect(
      problem([String(repeating: "n", count: 253): .file(mode: 0o755, [])])
        == .name(String(repeating: "n", count: 253)))
    let large = [UInt8](repeating: 1, count: 1 << 24)
    #expect(problem(["large": .file(mode: 0o755, large)]) == .tooLarge("large"))
  }
}
