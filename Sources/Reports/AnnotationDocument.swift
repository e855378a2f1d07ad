public import PatchStack

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#endif

/// Who owns the lines of a file, as a JSON document for programs:
/// `{"schema":1,"path","patches":[{"number","name"}],"lines":[{"line","patch","text","base64"}]}`.
///
/// A line has its text without the line feed; one that is not UTF-8 has its bytes in `base64` too. `patch` is left out
/// for a line of the base.
public struct AnnotationDocument: Codable, Sendable {
  /// A patch that owns lines.
  public struct Patch: Codable, Sendable {
    /// Its number in the stack, counted from 1.
    public let number: Int
    /// Its name.
    public let name: String
  }

  /// A line.
  public struct Line: Codable, Sendable {
    /// Its number, counted from 1.
    public let line: Int
    /// The number of the patch that wrote it.
    public let patch: Int?
    /// Its text; bytes that are not UTF-8 are replaced.
    public let text: String
    /// Its bytes, where they are not UTF-8.
    public let base64: String?
  }

  /// The number of the document's format.
  public var schema = 1

  /// The path of the file.
  public let path: String
  /// The patches that own a line, in the order of the stack.
  public let patches: [Patch]
  /// The lines.
  public let lines: [Line]

  /// Makes the document of those `lines` of `annotation` that shall be shown.
  public init(_ annotation: Annotation, lines: [Annotation.Line]) {
    path = annotation.path
    patches = annotation.patches.sorted { $0.key < $1.key }.map { Patch(number: $0.key, name: $0.value) }
    self.lines = lines.map { line in
      let bytes = line.text.last == UInt8(ascii: "\n") ? line.text.dropLast() : line.text[...]
      let isText = String(validating: bytes, as: UTF8.self) != nil
      return Line(
        line: line.number, patch: line.patch, text: String(decoding: bytes, as: UTF8.self),
        base64: isText ? nil : Data(bytes).base64EncodedString())
    }
  }

  /// The document's text, keys sorted, with a line feed at its end.
  public var json: String { get throws { try jsonText(self) } }
}
