import Host
import Testing

@testable import xip_rebase

/// Returns a screen with a row for each of `names`, each of which took a minute before, but for the last.
private func screen(_ names: [String]) -> LiveScreen {
  var screen = LiveScreen()
  for name in names {
    _ = screen.take(.planned(seconds: name == names.last ? nil : 60), about: name, at: .zero)
  }
  return screen
}

extension LiveScreen {
  fileprivate func text(columns: Int = 80, height: Int = 24, at now: Duration) -> [String] {
    lines(columns: columns, height: height, at: now).map(\.text)
  }
}

@Test func aRowTellsRungElapsedAndExpectedTime() {
  var screen = screen(["v6.1.176 gcc", "v7.1.13 gcc"])
  #expect(
    screen.text(at: .zero) == [
      "v6.1.176 gcc  waiting                                           ~1:00",
      "v7.1.13 gcc   waiting                                           –",
      "0 of 2 done",
    ])
  #expect(screen.take(.began("v6.1.176  compiling"), about: "v6.1.176 gcc", at: .seconds(1)) == [])
  _ = screen.take(.advanced(done: 3, of: 9, unit: "objects"), about: "v6.1.176 gcc", at: .seconds(2))
  #expect(
    screen.text(at: .seconds(66)).first
      == "v6.1.176 gcc  compiling  3/9 objects                            1:05 of ~1:00")
}

@Test func theTimeOfARowIsThatOfItsOwnWork() {
  var screen = screen(["a gcc", "b gcc"])
  _ = screen.take(.began("a  rebasing"), about: "a gcc", at: .seconds(0))
  _ = screen.take(.ended(summary: "a  rebased"), about: "a gcc", at: .seconds(5))
  #expect(screen.text(at: .seconds(50))[0].hasSuffix("0:05 of ~1:00"))
  // What a rung is made of does not end it.
  _ = screen.take(.began("a  compiling"), about: "a gcc", at: .seconds(50))
  _ = screen.take(.began("work directory"), about: "a gcc", at: .seconds(50))
  _ = screen.take(.ended(summary: "7 files"), about: "a gcc", at: .seconds(55))
  #expect(screen.text(at: .seconds(60))[0].contains("compiling"))
  #expect(screen.text(at: .seconds(60))[0].hasSuffix("0:15 of ~1:00"))
}

@Test func ofSeveralVersionsOnlyFailuresStayAboveTheRows() {
  var screen = screen(["a gcc", "b gcc"])
  #expect(screen.take(.ended(summary: "a  rebased"), about: "a gcc", at: .zero) == [])
  #expect(screen.take(.noted("a fact"), about: "a gcc", at: .zero) == [])
  _ = screen.take(.ended(summary: "a  fail\nboth changed"), about: "a gcc", at: .zero)
  let told = screen.take(.settled("fail at fetched", isGood: false), about: "a gcc", at: .zero)
  #expect(told.map(\.text) == ["a  fail\nboth changed"])
  let row = screen.lines(columns: 80, height: 24, at: .zero)[0]
  #expect(row.text.contains("fail at fetched") && row.colour == .red)
  // What is about no version does.
  #expect(screen.take(.noted("1 of 3 stand"), about: nil, at: .zero).map(\.text) == ["  1 of 3 stand"])
}

@Test func aSingleVersionTellsOfEveryRung() {
  var screen = screen(["a gcc"])
  #expect(screen.take(.ended(summary: "a  rebased"), about: "a gcc", at: .zero).map(\.text) == ["a  rebased"])
  #expect(screen.text(at: .zero).count == 1)
}

@Test(arguments: [(80, 24), (80, 6), (30, 5), (12, 3), (1, 1)])
func noLineIsAsWideAsTheTerminalAndOneLineStaysFree(columns: Int, height: Int) {
  let names = (1...40).map { "v6.12.\($0) gcc" }
  var screen = screen(names)
  for name in names.prefix(20) {
    _ = screen.take(.began("\(name.dropLast(4))  compiling"), about: name, at: .zero)
    _ = screen.take(
      .noted("a fact\u{1b}[2J that is\nlong " + String(repeating: "x", count: 90)), about: name, at: .zero)
    _ = screen.take(.settled("pass at proved", isGood: true), about: name, at: .seconds(1))
  }
  _ = screen.take(.began("v6.12.21  compiling"), about: names[20], at: .zero)
  let lines = screen.text(columns: columns, height: height, at: .seconds(2))
  #expect(lines.count <= max(2, height - 1))
  #expect(
    lines.allSatisfy { $0.count <= max(1, columns - 1) && !$0.contains("\u{1b}") && !$0.contains("\n") })
  // The one at work is among them.
  #expect(columns < 20 || lines.contains { $0.hasPrefix("v6.12.21 gcc") })
}

@Test func otherWorkHasALineOfItsOwn() {
  var screen = LiveScreen()
  _ = screen.take(.began("fetching v6.1"), about: nil, at: .zero)
  _ = screen.take(.advanced(done: 2_000_000, of: 4_000_000, unit: "bytes"), about: nil, at: .zero)
  #expect(screen.text(at: .milliseconds(1500)) == ["fetching v6.1  2/4 MB  1.5 s"])
  #expect(screen.take(.ended(summary: "v6.1"), about: nil, at: .zero).map(\.text) == ["v6.1"])
  #expect(screen.text(at: .zero) == [])
}
