import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One line from QEMU's machine protocol (QMP), as far as a boot needs it.
enum QMPMessage: Hashable {
  /// The first line of a connection.
  case greeting
  /// A command was carried out.
  case returned
  /// `query-replay` was, and told how many instructions the machine has carried out.
  case counted(instructions: Int)
  /// A command was refused.
  case refused(String)
  /// The machine stopped for good; the reason is QAPI's `ShutdownCause`.
  case shutdown(reason: String)
  /// Any other event.
  case event(String)

  /// Reads a line; returns nil for one that is none of the protocol.
  init?(_ line: ArraySlice<UInt8>) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(line)) else { return nil }
    if fields.isGreeting {
      self = .greeting
    } else if let refusal = fields.refusal {
      self = .refused(refusal)
    } else if let instructions = fields.instructions {
      self = .counted(instructions: instructions)
    } else if fields.isReturn {
      self = .returned
    } else if fields.event == "SHUTDOWN" {
      self = .shutdown(reason: fields.reason ?? "unknown")
    } else if let event = fields.event {
      self = .event(event)
    } else {
      return nil
    }
  }

  /// Returns the line that has QEMU carry out `command`, which takes no arguments.
  static func execute(_ command: String) -> [UInt8] {
    Array("{\"execute\":\"\(command)\"}\n".utf8)
  }

  /// Returns the line that has QEMU write `range` of the physical memory to the file at `path`.
  ///
  /// The path is the tool's own, of characters that need no escape in JSON.
  static func save(_ range: Range<Int>, to path: FilePath) -> [UInt8] {
    let arguments = "{\"val\":\(range.lowerBound),\"size\":\(range.count),\"filename\":\"\(path)\"}"
    return Array("{\"execute\":\"pmemsave\",\"arguments\":\(arguments)}\n".utf8)
  }

  private struct Fields: Decodable {
    let isGreeting: Bool
    let isReturn: Bool
    let instructions: Int?
    let refusal: String?
    let event: String?
    let reason: String?

    private enum Key: String, CodingKey {
      case greeting = "QMP"
      case returned = "return"
      case error, event, data
      case description = "desc"
      case reason
      case instructions = "icount"
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Key.self)
      isGreeting = fields.contains(.greeting)
      isReturn = fields.contains(.returned)
      instructions = try? fields.nestedContainer(keyedBy: Key.self, forKey: .returned)
        .decode(Int.self, forKey: .instructions)
      refusal = try? fields.nestedContainer(keyedBy: Key.self, forKey: .error)
        .decode(String.self, forKey: .description)
      event = try fields.decodeIfPresent(String.self, forKey: .event)
      reason = try? fields.nestedContainer(keyedBy: Key.self, forKey: .data)
        .decode(String.self, forKey: .reason)
    }
  }
}
