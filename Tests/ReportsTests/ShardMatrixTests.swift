import Reports
import Testing

@Test(arguments: [1, 2, 3, 5, 8, 256, 1000])
func everyVersionIsInOneShardAndThereAreNoMoreThanAskedFor(count: Int) {
  let versions = (0..<300).map { "v6.12.\($0)" }
  let matrix = ShardMatrix(["gcc": versions, "clang": Array(versions.prefix(7)), "none": []], count: count)
  #expect(matrix.shards.count <= min(max(count, 2), ShardMatrix.limit))
  for (toolchain, wanted) in [("gcc", versions), ("clang", Array(versions.prefix(7)))] {
    let shards = matrix.shards.filter { $0.toolchain == toolchain }
    #expect(shards.flatMap { $0.versions.split(separator: " ").map(String.init) } == wanted)
  }
}

@Test func anEmptyMatrixSaysSo() throws {
  let matrix = ShardMatrix(["gcc": []], count: 8)
  #expect(try matrix.github == "count=0\nmatrix={\"include\":[]}\n")
  #expect(matrix.gitlab.contains("nothing due:\n  stage: run\n  script:"))
}

@Test func aShardIsNamedByItsFirstAndItsLastVersion() throws {
  let matrix = ShardMatrix(["gcc": ["v6.1.4", "v6.12.38", "v7.1.13"]], count: 2)
  #expect(
    try matrix.github == """
      count=2
      matrix={"include":[{"name":"gcc v6.1.4","toolchain":"gcc","versions":"v6.1.4"},\
      {"name":"gcc v6.12.38 to v7.1.13","toolchain":"gcc","versions":"v6.12.38 v7.1.13"}]}

      """)
}
