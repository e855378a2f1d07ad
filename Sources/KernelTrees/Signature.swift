import Host
import SystemPackage

/// What `gpg` says of a signature.
enum Signature: Hashable, Sendable {
  /// It fits, and the key with this fingerprint made it.
  case good(fingerprint: String)
  /// It does not fit, or its key was revoked.
  case bad(String)
  /// It could not be judged: no `gpg`, no key, or no signature.
  case unchecked(String)

  /// Reads the status lines that `gpg --status-fd` and `git verify-tag --raw` write (GnuPG's `doc/DETAILS`).
  init(status: String) {
    var isGood = false
    var fingerprint = ""
    for line in status.split(whereSeparator: \.isNewline) where line.hasPrefix("[GNUPG:] ") {
      let words = line.split(separator: " ").dropFirst()
      let subject = words.dropFirst().dropFirst().joined(separator: " ")
      switch words.first {
      case "BADSIG":
        self = .bad("it was changed after \(subject) signed it")
        return
      case "REVKEYSIG":
        self = .bad("\(subject) has revoked the key")
        return
      case "GOODSIG": isGood = true
      case "VALIDSIG": fingerprint = words.dropFirst().first.map(String.init) ?? ""
      case "NO_PUBKEY":
        self = .unchecked("no key \(words.dropFirst().first ?? "") in the keyring")
        return
      case "EXPKEYSIG", "EXPSIG":
        self = .unchecked("the key or the signature has expired")
        return
      default: break
      }
    }
    self = isGood ? .good(fingerprint: fingerprint) : .unchecked("no signature")
  }

  /// Judges the clear-signed text in `file` and returns what of it the signature covers.
  ///
  /// The keys are those of the user, or of the `gpg` home directory `keyring`. Without a verdict the whole text is returned, signature lines and all.
  static func ofClearSigned(
    _ file: FilePath, keyring: FilePath?
  ) async throws(TreeError) -> (signature: Signature, text: [UInt8]) {
    let whole = try contents(file)
    guard Command("gpg").resolved() != nil else { return (.unchecked("gpg is not installed"), whole) }
    let signed = FilePath("\(file).signed")
    try? Files.remove(signed)
    defer { try? Files.remove(signed) }
    let gpg = Command(
      "gpg",
      (keyring.map { ["--homedir", $0.string] } ?? []) + [
        "--batch", "--no-tty", "--status-fd", "1", "--output", signed.string, "--decrypt", file.string,
      ],
      environment: ["LC_ALL": "C"])
    let completion: Command.Completion
    do {
      completion = try await gpg.completion(limit: .seconds(120))
    } catch {
      if case .cancelled = error { throw .cancelled }
      return (.unchecked("\(error)"), whole)
    }
    // What killed it says nothing of the signature, and is gone the next time.
    if case .signalled = completion.status {
      throw .command(.failed(gpg, completion.status, message: ""))
    }
    let signature = Signature(status: String(decoding: completion.output, as: UTF8.self))
    if case .unchecked = signature, let failure = failure(of: completion) {
      return (.unchecked(failure), whole)
    }
    // Of a signed text only what gpg hands out is signed; lines around it are anybody's.
    guard case .good = signature else { return (signature, whole) }
    return (signature, try contents(signed))
  }
}

/// Returns why gpg came to no verdict, where that was its own failure: it says so of a text without a signature.
private func failure(of gpg: Command.Completion) -> String? {
  let verdicts = ["NODATA", "NO_PUBKEY", "EXPKEYSIG", "EXPSIG"]
  let status = String(decoding: gpg.output, as: UTF8.self)
  if gpg.status.isSuccess || verdicts.contains(where: status.contains) { return nil }
  let said = String(decoding: gpg.errorOutput, as: UTF8.self)
  return "gpg failed: \(said.split(whereSeparator: \.isNewline).last ?? "it gave no reason")"
}

private func contents(_ file: FilePath) throws(TreeError) -> [UInt8] {
  do throws(FileFailure) {
    return try Files.read(file)
  } catch {
    throw .file(error)
  }
}
