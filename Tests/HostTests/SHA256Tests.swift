import Host
import Testing

// The vectors of NIST's "SHA-256 test vectors" (FIPS 180-2, appendix B, and the CAVS short messages).

@Test(arguments: [
  ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
  ),
])
func theHashOfAVectorIsTheStandards(message: String, hash: String) {
  #expect(SHA256.hex(of: Array(message.utf8)) == hash)
}

@Test func aMillionLettersHashAsInTheStandardWhateverThePieces() {
  for size in [1000, 999, 64, 1_000_000] {
    let piece = Array(repeating: UInt8(ascii: "a"), count: size)
    var hash = SHA256()
    var left = 1_000_000
    while left > 0 {
      let count = min(left, size)
      piece[..<count].withUnsafeBytes { hash.add($0) }
      left -= count
    }
    #expect(hash.hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
