import Host
import SystemPackage
import TestSupport
import Testing

@Suite("measure")
struct MeasureTests {
  @Test("names the boards that there are")
  func boards() async throws {
    try await Checkout.with { checkout in
      let run = try await checkout.run("measure", "v6.12.107", "--board", "lada")
      #expect(run.status == .exited(2))
      #expect(run.errorText.contains("boards/ has no lada.json; it has ar9331, generic, mt7628, sead3"))
    }
  }

  @Test("tells why a version cannot be measured, and leaves the record alone")
  func conflict() async throws {
    try await Checkout.with { checkout in
      let lines = (1...20).map { $0 == 11 ? "line XI\n" : "line \($0)\n" }
      try await checkout.kernel.commit("v6.13", ["a": lines.joined()])
      let before = try Files.read(checkout.record)
      let run = try await checkout.run("measure", "v6.13")
      #expect(run.status == .exited(1))
      #expect(run.text == "")
      #expect(run.errorText.contains("v6.13") && run.errorText.contains("conflict"))
      #expect(try Files.read(checkout.record) == before)
      #expect(!Files.exists(checkout.project.appending("conflicts")))
    }
  }

  @Test("of a board whose file is wrong names the file")
  func damaged() async throws {
    try await Checkout.with { checkout in
      let boards = checkout.project.appending("boards")
      try Files.remove(boards)
      try Files.makeDirectory(boards)
      for name in ["flash.json", "mt7628.json"] {
        let content = try Files.read(Tool.project.appending("boards").appending(name))
        let text = String(decoding: content, as: UTF8.self).replacing("\"ways\": 4", with: "\"ways\": 5")
        try Files.write(Array(text.utf8), to: boards.appending(name))
      }
      let run = try await checkout.run("measure", "v6.12.107")
      #expect(run.status == .exited(2))
      #expect(run.errorText.contains("mt7628.json: code cache: 65536 bytes in 5 ways"))
    }
  }
}
