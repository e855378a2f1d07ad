import Reports
import Testing

@Test func columnsAreAsWideAsTheirWidestCell() {
  var table = Table(["a", "b", "c"])
  table.add(["long cell", "x", "last"])
  table.add(["s", "", "l"])
  #expect(
    table.lines() == [
      "a          b  c",
      "long cell  x  last",
      "s             l",
    ])
}

@Test func decorationDoesNotChangeTheWidths() {
  var table = Table(["a", "b"])
  table.add(["one", "two"])
  let lines = table.lines { row, column, text in row == 0 && column == 0 ? "<\(text)>" : text }
  #expect(lines == ["a    b", "<one>  two"])
}
