import Host
import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON document of any shape.
public enum JSON: Decodable, Equatable, Sendable {
  case null, bool(Bool), number(Double), text(String), list([JSON]), object([String: JSON])

  /// Reads what stands there.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JSON].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  /// Returns the member of an object, or nil.
  public subscript(_ name: String) -> JSON? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  var type: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number(let number): number.rounded() == number ? "integer" : "number"
    case .text: "string"
    case .list: "array"
    case .object: "object"
    }
  }
}

/// The schemas of docs/schema, and as much of JSON Schema as they use; a keyword that it does not know is a mistake of
/// theirs.
public struct JSONSchemas: Sendable {
  /// The schemas, by the names of their files.
  public let files: [String: JSON]
  private static let annotations: Set<String> = ["$schema", "$defs", "title", "description"]

  /// Reads them.
  public init() throws {
    let directory = Tool.project.appending("docs/schema")
    var files: [String: JSON] = [:]
    for name in try Files.list(directory) {
      files[name] = try JSONDecoder().decode(JSON.self, from: Data(try Files.read(directory.appending(name))))
    }
    self.files = files
  }

  /// Returns what is wrong with `document`, a line for each mistake.
  public func mistakes(of document: some Sequence<UInt8>, by file: String) throws -> [String] {
    let document = try JSONDecoder().decode(JSON.self, from: Data(Array(document)))
    return try check(document, try Self.known(files[file], file), in: file, at: "$")
  }

  private struct Missing: Error {
    let name: String
  }

  private static func known(_ schema: JSON?, _ name: String) throws -> JSON {
    guard let schema else { throw Missing(name: name) }
    return schema
  }

  private func check(_ value: JSON, _ schema: JSON, in file: String, at place: String) throws -> [String] {
    guard case .object(let keywords) = schema else { return [] }
    var mistakes: [String] = []
    for (keyword, rule) in keywords where !Self.annotations.contains(keyword) {
      switch (keyword, rule, value) {
      case ("$ref", .text(let reference), _):
        let parts = reference.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        let name = parts[0].isEmpty ? file : parts[0]
        let target = parts[1].split(separator: "/").reduce(files[name]) { $0?[String($1)] }
        mistakes += try check(value, try Self.known(target, reference), in: name, at: place)
      case ("type", .text(let type), _):
        if value.type != type && !(type == "number" && value.type == "integer") {
          mistakes.append("\(place) is no \(type)")
        }
      case ("const", _, _): if value != rule { mistakes.append("\(place) is another") }
      case ("enum", .list(let values), _):
        if !values.contains(value) { mistakes.append("\(place) is none of those") }
      case ("minimum", .number(let least), .number(let number)):
        if number < least { mistakes.append("\(place) is less") }
      case ("pattern", .text(let pattern), .text(let text)):
        if text.firstMatch(of: try Regex(pattern)) == nil { mistakes.append("\(place) is of another form") }
      case ("required", .list(let names), .object(let members)):
        for case .text(let name) in names where members[name] == nil {
          mistakes.append("\(place) lacks \(name)")
        }
      case ("items", _, .list(let items)):
        for (index, item) in items.enumerated() {
          mistakes += try check(item, rule, in: file, at: "\(place)[\(index)]")
        }
      case ("propertyNames", _, .object(let members)):
        for name in members.keys {
          mistakes += try check(.text(name), rule, in: file, at: "\(place).\(name)")
        }
      case ("properties", .object(let properties), .object(let members)):
        for (name, member) in members {
          if let rule = properties[name] {
            mistakes += try check(member, rule, in: file, at: "\(place).\(name)")
          }
        }
      case ("additionalProperties", _, .object(let members)):
        for (name, member) in members where keywords["properties"]?[name] == nil {
          if rule == .bool(false) {
            mistakes.append("\(place).\(name) is unknown")
          } else {
            mistakes += try check(member, rule, in: file, at: "\(place).\(name)")
          }
        }
      case ("minimum", _, _), ("pattern", _, _), ("required", _, _), ("items", _, _), ("propertyNames", _, _),
        ("properties", _, _), ("additionalProperties", _, _):
        break
      default: mistakes.append("the schema has an unknown keyword: \(keyword)")
      }
    }
    return mistakes
  }
}
