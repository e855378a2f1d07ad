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

  private struct Fields: Decodable {
    let isGreeting: Bool
    let isReturn: Bool
    let refusal: String?
    let event: String?
    let reason: String?

    private enum Key: String, CodingKey {
      case greeting = "QMP"
      case returned = "return"
      case error, event, data
      case description = "desc"
      case reason
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Key.self)
      isGreeting = fields.contains(.greeting)
      isReturn = fields.contains(.returned)
      refusal = try? fields.nestedContainer(keyedBy: Key.self, forKey: .error)
        .decode(String.self, forKey: .description)
      event = try fields.decodeIfPresent(String.self, forKey: .event)
      reason = try? fields.nestedContainer(keyedBy: Key.self, forKey: .data)
        .decode(String.self, forKey: .reason)
    }
  }
}
