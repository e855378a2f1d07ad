import SystemPackage
import Versions

/// The settings of a `.config`, a defconfig or a fragment, by symbol without `CONFIG_`.
///
/// A value stands as in the file (`y`, `0x1e001000`, `"text"`); a symbol that `is not set` has the value `n`.
struct ConfigurationText: Hashable, Sendable {
  /// The symbols in the order in which they were set last.
  private(set) var symbols: [String] = []

  private var values: [String: String] = [:]

  /// Makes a text without settings.
  init() {}

  /// Reads the lines of a file; comments and blank lines say nothing.
  ///
  /// A comment `# since v5.15` is about the setting in the line below it: older trees do not have that symbol.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file for messages.
  ///   - version: The release that is configured; settings since a later one are left out. Nil leaves out none.
  /// - Throws: `XIPKernelError.unusableInput` at a line that is none of a `.config`.
  init(_ bytes: [UInt8], from path: FilePath, for version: Version? = nil) throws(XIPKernelError) {
    var number = 0
    var since: Version?
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let text = String(decoding: line, as: UTF8.self)
      var setting: (symbol: String, value: String)?
      if text.hasPrefix("CONFIG_"), let equals = text.firstIndex(of: "=") {
        setting = (String(text[..<equals].dropFirst(7)), String(text[equals...].dropFirst()))
      } else if text.hasPrefix("# CONFIG_"), text.hasSuffix(" is not set") {
        setting = (String(text.dropFirst(9).dropLast(11)), "n")
      } else if !text.hasPrefix("#"), !text.allSatisfy(\.isWhitespace) {
        throw .unusableInput(path, line: number, problem: "`\(text)` is no setting")
      }
      if let setting {
        if since.map({ (version ?? $0) >= $0 }) ?? true { set(setting.symbol, to: setting.value) }
        since = nil
      } else if since != nil {
        throw .unusableInput(path, line: number - 1, problem: "no setting follows the line")
      } else if text.hasPrefix("# since ") {
        since = Version(text.dropFirst(8))
        if since == nil {
          throw .unusableInput(path, line: number, problem: "`\(text.dropFirst(8))` is no version")
        }
      }
    }
    if since != nil { throw .unusableInput(path, line: number, problem: "no setting follows the line") }
  }

  /// The value of `symbol`, or nil when the text does not mention it.
  subscript(symbol: String) -> String? { values[symbol] }

  /// Sets `symbol` after all others, since of a choice the value set last holds.
  mutating func set(_ symbol: String, to value: String) {
    if values.updateValue(value, forKey: symbol) != nil { symbols.removeAll { $0 == symbol } }
    symbols.append(symbol)
  }

  /// Sets what `fragment` sets, as the kernel's own `merge_config.sh` does.
  mutating func merge(_ fragment: ConfigurationText) {
    for symbol in fragment.symbols { fragment[symbol].map { set(symbol, to: $0) } }
  }

  /// The settings as lines of a `.config`.
  var lines: [UInt8] {
    var text = ""
    for symbol in symbols {
      switch values[symbol] {
      case "n": text += "# CONFIG_\(symbol) is not set\n"
      case let value?: text += "CONFIG_\(symbol)=\(value)\n"
      case nil: break
      }
    }
    return Array(text.utf8)
  }
}
