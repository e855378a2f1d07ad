/// What long work tells while it goes on; the command line draws it, tests read it.
public enum ProgressEvent: Hashable, Sendable {
  /// A piece of work began, such as `v6.12.107 compiled`.
  case began(String)
  /// It has done this much: objects, files, bytes (`unit` says which) of a total, where that is known.
  case advanced(done: Int, of: Int?, unit: String)
  /// A fact worth a line of its own, such as a source that did not answer or a boot marker that passed.
  case noted(String)
  /// The work that began last is done; `summary` says which it was and what came of it.
  case ended(summary: String)
}

/// Where progress goes.
public struct Progress: Sendable {
  private let receive: @Sendable (ProgressEvent) -> Void

  /// Makes a progress that calls `receive`, from any task, for each event.
  public init(_ receive: @escaping @Sendable (ProgressEvent) -> Void) {
    self.receive = receive
  }

  /// A progress that nobody sees.
  public static let silent = Progress { _ in }

  /// Tells of `event`.
  public func callAsFunction(_ event: ProgressEvent) {
    receive(event)
  }
}
