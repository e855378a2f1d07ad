internal import Git

/// A moment and the clock it was read from.
struct MailDate: Hashable {
  /// Seconds since 1970-01-01 00:00 UTC.
  let seconds: Int64
  /// Minutes that the clock is ahead of UTC.
  let offset: Int

  /// Reads `Sat, 12 Jul 2025 09:08:07 +0200` (RFC 5322) or `2025-07-12 09:08:07 +0200`; returns nil for other text.
  init?(_ text: String) {
    var words = text.split { $0 == " " || $0 == "," || $0 == "T" || $0 == "\t" }.map(String.init)
    if let first = words.first, first.count <= 3, first.allSatisfy(\.isLetter) || first == "" {
      words.removeFirst()
    }
    // Splitting at the T of an ISO date makes `hu` of `Thu`, which is skipped like any day of the week.
    let day: (year: Int, month: Int, day: Int)
    if let first = words.first, first.count == 10, first.contains("-") {
      let parts = first.split(separator: "-").compactMap { Int($0) }
      guard parts.count == 3 else { return nil }
      day = (parts[0], parts[1], parts[2])
      words.removeFirst()
    } else {
      let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
      guard words.count >= 4, let number = Int(words[0]),
        let month = months.firstIndex(of: String(words[1].lowercased().prefix(3))), let year = Int(words[2])
      else { return nil }
      day = (year, month + 1, number)
      words.removeFirst(3)
    }
    guard let clock = words.first, (1...9999).contains(day.year), (1...12).contains(day.month),
      (1...31).contains(day.day)
    else {
      return nil
    }
    let time = clock.split(separator: ":").compactMap { Int($0) }
    guard time.count >= 2, time.allSatisfy({ (0..<61).contains($0) }) else { return nil }
    let written = words.count > 1 ? Int(words[1]) ?? 0 : 0
    let zone = (-9999...9999).contains(written) ? written : 0
    offset = zone / 100 * 60 + zone % 100
    let local = daysSinceEpoch(day) * 86_400 + time[0] * 3600 + time[1] * 60 + (time.count > 2 ? time[2] : 0)
    seconds = Int64(local - offset * 60)
  }
}

extension MailDate: CustomStringConvertible {
  /// The date of a commit.
  init(_ signature: Signature) {
    seconds = signature.seconds
    offset = signature.offset
  }

  /// The date as RFC 5322 has it: `Sat, 12 Jul 2025 09:08:07 +0200`.
  var description: String {
    let local = Int(seconds) + offset * 60
    let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    let time = local - days * 86_400
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    // The epoch was a Thursday.
    let weekday = names[((days + 3) % 7 + 7) % 7]
    var year = days < 0 ? 1969 + days / 365 : 1970 + days / 366
    while daysSinceEpoch((year + 1, 1, 1)) <= days { year += 1 }
    var month = 1
    while month < 12, daysSinceEpoch((year, month + 1, 1)) <= days { month += 1 }
    let day = days - daysSinceEpoch((year, month, 1)) + 1
    let clock = [time / 3600, time / 60 % 60, time % 60].map(two).joined(separator: ":")
    let zone = (offset < 0 ? "-" : "+") + two(abs(offset) / 60) + two(abs(offset) % 60)
    return "\(weekday), \(day) \(months[month - 1]) \(year) \(clock) \(zone)"
  }
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar.
private func daysSinceEpoch(_ date: (year: Int, month: Int, day: Int)) -> Int {
  // Counting years from March puts the leap day at the end.
  let year = date.month > 2 ? date.year : date.year - 1
  let month = (date.month + 9) % 12
  return year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + date.day - 1 - 719_468
}
