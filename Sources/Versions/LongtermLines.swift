/// The lines of releases that kernel.org maintains for years.
///
/// From <https://www.kernel.org/releases.html>, "Longterm release kernels", as of 2026-11-21, with the projected end
/// of each: 5.10 and 5.15 December 2026, 6.1 and 6.6 December 2027, 6.12 and 6.18 December 2028.
public enum LongtermLines {
  /// The first release of each line, in order.
  public static let all = [
    Version(5, 10), Version(5, 15), Version(6, 1), Version(6, 6), Version(6, 12), Version(6, 18),
  ]
}
