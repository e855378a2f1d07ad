import Testing

@testable import PatchStack

@Suite struct MailDates {
  @Test(arguments: [
    ("Sat, 12 Jul 2025 09:08:07 +0200", 1_752_304_087, 120),
    ("12 Jul 2025 09:08 -0330", 1_752_323_880, -210),
    ("2025-07-12 09:08:07 +0000", 1_752_311_287, 0),
    ("2025-07-12T09:08:07", 1_752_311_287, 0),
    ("Thu, 29 Feb 2024 23:59:59 +0000", 1_709_251_199, 0),
    ("Thu, 1 Jan 1970 00:00:00 +0000", 0, 0),
  ])
  func aDateIsReadWithItsClock(text: String, seconds: Int, offset: Int) {
    #expect(MailDate(text)?.seconds == Int64(seconds))
    #expect(MailDate(text)?.offset == offset)
  }

  @Test(arguments: [
    "Sat, 12 Jul 2025 09:08:07 +0200", "Thu, 29 Feb 2024 23:59:59 -0330", "Thu, 1 Jan 1970 00:00:00 +0000",
    "Wed, 31 Dec 1969 23:59:59 +0000", "Tue, 31 Dec 2024 00:00:00 +0000",
  ])
  func aDateIsWrittenAsItWasRead(text: String) {
    #expect(MailDate(text)?.description == text)
  }

  @Test(arguments: [
    "", "today", "Sat, 12 Jul 2025999999999 09:08:07", "12 Foo 2025 09:08:07", "12 Jul 2025 9x",
  ])
  func whatIsNoDateIsRefused(text: String) {
    #expect(MailDate(text) == nil)
  }
}
