import Synchronization

/// A flag that one task raises and another, or a thread, looks at.
final class Flag: Sendable {
  private let value = Atomic(false)

  /// Whether it was raised.
  var isRaised: Bool { value.load(ordering: .relaxed) }

  /// Raises it for good.
  func raise() { value.store(true, ordering: .relaxed) }
}
