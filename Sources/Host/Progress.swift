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
  /// All work of the subject is still to come; it took this many seconds before, as far as that is known.
  case planned(seconds: Double?)
  /// All work of the subject is done; a word or two say how it ended, and whether that is as it should be.
  case settled(String, isGood: Bool)
}

/// Where progress goes.
public struct Progress: Sendable {
  private let receive: @Sendable (ProgressEvent, String?) -> Void
  private var subject: String?

  /// Makes a progress that calls `receive`, from any task, for each event.
  public init(_ receive: @escaping @Sendable (ProgressEvent) -> Void) {
    self.receive = { event, _ in receive(event) }
  }

  /// Makes a progress that calls `receive`, from any task, for each event and what it is about, where that is known.
  public init(bySubject receive: @escaping @Sendable (ProgressEvent, String?) -> Void) {
    self.receive = receive
  }

  /// Returns the same progress for what is about `subject`, one of several works that go on at once.
  public func about(_ subject: String) -> Progress {
    var progress = self
    progress.subject = subject
    return progress
  }

  /// A progress that nobody sees.
  public static let silent = Progress { _ in }

  /// Tells of `event`.
  public func callAsFunction(_ event: ProgressEvent) {
    receive(event, subject)
  }
}
