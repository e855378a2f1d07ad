import Host

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The bytes that two boots run on, without those that only name the release: kernels of which they are equal boot alike.
public struct BootedBytes {
  /// The SHA-256 over them, 64 hexadecimal digits.
  public let digest: String

  /// Reads the flash image and the twin in `files`.
  ///
  /// - Parameters:
  ///   - files: Where they are.
  ///   - conditions: What else decides how they boot.
  /// - Throws: `XIPKernelError` when one cannot be read.
  public init(of files: KernelFiles, under conditions: [String]) throws(XIPKernelError) {
    let twin = try ELFFile(reading: files.vmlinux(.twin))
    let image = try XIPKernelError.file { () throws(FileFailure) in try Files.read(files.flashImage) }
    let sections = twin.loadedSections
    let places = sections.map { "\($0.address) \($0.section.size)" }
    let content = sections.flatMap { Array(twin.content(of: $0.section)) }
    let header = (conditions + places + ["\(image.count)", "\(content.count)"]).joined(separator: "\n")
    var hash = SHA256()
    for bytes in [
      Array(header.utf8), Self.withoutRelease(image, twin.byteOrder),
      Self.withoutRelease(content, twin.byteOrder),
    ] {
      hash.add(bytes.span.bytes)
    }
    digest = hash.hex()
  }

  /// Returns `bytes` with zeros for the release's name, its number in an ELF note of the vDSO, and every build id, which
  /// is a hash over bytes with such a name in them.
  static func withoutRelease(_ bytes: [UInt8], _ byteOrder: ByteOrder) -> [UInt8] {
    var bytes = bytes
    let banner = Array("Linux version ".utf8)
    if let start = bytes.positions(of: banner).first {
      let release = Array(bytes[(start + banner.count)...].prefix(64).prefix { $0 > 0x20 && $0 < 0x7f })
      // A name of a byte or two would be found in code.
      if release.count > 3 {
        for place in bytes.positions(of: release) { bytes.clear(release.count, at: place) }
      }
    }
    // An ELF note: the sizes of its name and content, its kind, its name.
    for (name, size, kind) in [("GNU\0", 20, 3), ("Linux\0\0\0", 4, 0)] as [(String, UInt32, UInt32)] {
      let length = UInt32(name.utf8.prefix { $0 != 0 }.count + 1)
      let note = [length, size, kind].flatMap { byteOrder.bytes(of: $0) } + Array(name.utf8)
      for place in bytes.positions(of: note) { bytes.clear(Int(size), at: place + note.count) }
    }
    return bytes
  }
}

extension [UInt8] {
  /// Returns where `part`, which is not empty, begins in the bytes.
  fileprivate func positions(of part: [UInt8]) -> [Int] {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return [] }
      var places: [Int] = []
      var start = 0
      // `memchr` looks at many bytes at once, and few of them begin the part.
      while start + part.count <= bytes.count,
        let found = memchr(base + start, Int32(part[0]), bytes.count - part.count + 1 - start)
      {
        let place = UnsafeRawPointer(found) - base
        let isWhole = memcmp(found, part, part.count) == 0
        if isWhole { places.append(place) }
        start = place + (isWhole ? part.count : 1)
      }
      return places
    }
  }

  /// Sets up to `count` bytes from `place` on to zero.
  fileprivate mutating func clear(_ count: Int, at place: Int) {
    for index in place..<Swift.min(place + count, self.count) { self[index] = 0 }
  }
}
