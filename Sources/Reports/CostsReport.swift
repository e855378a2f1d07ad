public import FlashCost
public import VersionMatrix
import XIPKernel

/// `docs/costs.md`: what execution in place costs and saves, of every version that was measured, in Markdown.
public struct CostsReport: Sendable {
  private let results: [(result: VersionResult, costs: Costs)]
  private let saving: [VersionResult]
  private let boards: Boards

  /// Makes the report of what `record` has of `toolchain`.
  public init(_ record: Record, _ boards: Boards, toolchain: String = "gcc") {
    let all = record.entries.compactMap { entry in entry.results.first { $0.toolchain == toolchain } }
    results = all.compactMap { result in
      guard let costs = result.costs, costs.method == Costs.method else { return nil }
      return (result, costs)
    }
    saving = all.filter { $0.memory != nil }
    self.boards = boards
  }

  /// The document's text.
  public var text: String {
    """
    # What execution in place costs and saves

    Made by `xip-rebase report --format costs` from `kernel-versions.json` and `boards/`; not written by hand. `xip-rebase
    measure VERSION --board NAME` measures a version and prints its tables for one board.

    ## RAM

    The least RAM in which the first process starts, in steps of 256 KiB, and what the page allocator has free at boot, with gcc.

    \(memory.markdown)
    \(applications)
    ## Boots

    Three images of the same tree: the XIP kernel, its RAM-loaded twin as it is (uncompressed), and the twin packed by `make
    vmlinuz` with gzip (compressed). A loader of 26 instructions behind the boot shim copies the latter two from flash to RAM, word by word through the
    caches. Counted by QEMU with `-icount`: instructions to the first one of user space, without those of functions that wait for a
    clock, and the shim's left out.

    \(boots.markdown)
    \(boards.boards.map { boardSection($0.name, $0.board) }.joined(separator: "\n"))
    \(newest)
    \(Self.method)
    """
  }

  private var memory: Table {
    var table = Table([
      "version", "least, XIP", "least, twin", "saved", "available, XIP", "available, twin", "saved",
    ])
    for result in saving {
      guard let memory = result.memory else { continue }
      func kibibytes(_ number: Int?) -> String { number.map { "\($0) KiB" } ?? "-" }
      let least = memory.stock.smallestKiB.flatMap { twin in memory.xip.smallestKiB.map { twin - $0 } }
      table.add([
        result.version, kibibytes(memory.xip.smallestKiB), kibibytes(memory.stock.smallestKiB),
        kibibytes(least),
        kibibytes(memory.xip.availableKiB), kibibytes(memory.stock.availableKiB), kibibytes(memory.savedKiB),
      ])
    }
    return table
  }

  /// What of the programs stays in flash, of every version that was tried with them.
  private var applications: String {
    var table = Table([
      "version", "file system", "code", "page cache, from flash", "from RAM", "free, from flash", "from RAM",
      "kernel in RAM too", "first start, from flash", "from RAM", "second start, from flash", "from RAM",
    ])
    for result in saving {
      guard let found = result.applications, let flash = found.memory["flash"],
        let ram = found.memory["ram"], let twin = found.memory["twin"], let starts = found.starts["flash"],
        let others = found.starts["ram"]
      else { continue }
      table.add(
        [result.version, "\(found.imageBytes) bytes", "\(found.textKiB) KiB"]
          + [flash.cachedKiB, ram.cachedKiB, flash.freeKiB, ram.freeKiB, twin.freeKiB].map { "\($0) KiB" }
          + [starts.first, others.first, starts.second, others.second].map { "\($0)" })
    }
    return """
      ## Applications

      The same two programs in a cramfs in flash and in an initramfs, on the XIP kernel, and in an initramfs on its twin (`onto --applications`,
      [applications.md](applications.md)): the page cache when they had run, what was free of 32 MiB at the end, and the instructions of a start of the second
      program.

      \(table.markdown)
      """
  }

  private var boots: Table {
    var table = Table(
      ["version"] + BootWay.allCases.flatMap { ["\($0.title), bytes in flash", "instructions"] })
    for (result, costs) in results {
      table.add(
        [result.version]
          + BootWay.allCases.flatMap { way -> [String] in
            guard let way = costs[way] else { return ["-", "-"] }
            let stages = way.stages.filter { $0.stage != .firmware && $0.stage != .firstProcess }
            let number = stages.reduce(0) { $0 &+ $1.counts.instructions - $1.counts.waiting }
            return ["\(way.flashBytes)", "\(number)"]
          })
    }
    return table
  }

  private func boardSection(_ name: String, _ board: Board) -> String {
    let mode = boards.mode(of: board)
    let estimate = Estimate(board, mode)
    var table = Table([
      "version", "to user space: XIP", "uncompressed", "compressed", "slow-down of kernel init",
      "of the first process",
      "of its kernel part",
    ])
    for (result, costs) in results {
      func seconds(_ way: BootWay) -> String {
        costs[way].flatMap(estimate.secondsToUser).map { "\(decimal($0, places: 3)) s" } ?? "-"
      }
      table.add([
        result.version, seconds(.xip), seconds(.uncompressed), seconds(.compressed),
        CostsTable.slowdown(estimate, .kernelInit, costs),
        CostsTable.slowdown(estimate, .firstProcess, costs),
        estimate.kernelSlowdown(.firstProcess, in: costs).map { decimal($0, places: 2) } ?? "-",
      ])
    }
    let figures = [
      ("processor", "\(decimal(board.megahertz.value)) MHz, \(board.core)", board.megahertz.source),
      ("code cache", "\(board.codeCache.bytes) bytes, \(board.codeCache.ways) ways", board.codeCache.source),
      ("data cache", "\(board.dataCache.bytes) bytes, \(board.dataCache.ways) ways", board.dataCache.source),
      (
        "cycles an instruction",
        "\(decimal(board.cyclesPerInstruction.value)), \(decimal(board.cyclesPerInstruction.least)) to "
          + decimal(board.cyclesPerInstruction.most), board.cyclesPerInstruction.source
      ),
      ("line of RAM", "\(decimal(board.ramLineNanoseconds.value)) ns", board.ramLineNanoseconds.source),
      ("flash", mode.title, board.flash.source),
    ]
    return """
      ## \(name): \(board.title)

      \(figures.map { "- \($0.0): \($0.1) (\($0.2))" }.joined(separator: "\n"))

      \(table.markdown)
      """
  }

  /// All tables of the newest version that was measured, for each board.
  private var newest: String {
    guard let (result, costs) = results.last else { return "No version was measured yet." }
    let sections = boards.boards.map { name, board in
      let tables = CostsTable(costs, on: board, of: boards)
      return """
        ### \(name)

        \(tables.title).

        \(tables.stages.markdown)
        \(tables.misses.markdown)
        \(tables.price.markdown)
        \(tables.error)

        """
    }
    return """
      ## \(result.version) in full

      Bytes are those that instructions load from flash and store to RAM; lines are cache lines of 32 bytes that were missed. `waiting` are
      instructions of functions that wait for a clock: malta's kernel waits for two seconds of its RTC, which other boards do
      not have; they are in no estimate. `*` is the board's own mode.

      \(sections.joined(separator: "\n"))
      """
  }

  private static let method = """
    ## How the figures come about

    QEMU runs each image once with a clock that counts instructions, and a plugin (`measure/trace.c`) writes down, in order, which lines of
    code are fetched and which lines of data are loaded and stored. The tool puts that through a model of the board's caches:
    indexed by the virtual and told apart by the physical address, lines of 32 bytes, the least recently used one
    replaced. The numbers are the same in every run; the instructions are those that QEMU counts by itself and less than one in 10000 more, presumably those that
    begin again after an exception. Then

    ```
    seconds = (instructions - waiting) x CPI / clock
            + lines missed from flash x time of a line of flash
            + lines missed from RAM   x time of a line of RAM
            + reads of flash past the caches x time of four bytes of flash
            + accesses of RAM past the caches x time of a line of RAM
    ```

    A line of serial flash takes (overhead + 32 x clocks a byte) / clock of the bus, one of parallel flash the time of its reads by pages:
    `boards/flash.json`.

    What this supposes, and in which direction that errs:

    - The processor stands still until the whole line is there. Cores that go on with the first word make flash look slower
      here than it is, by up to the time of the rest of the line. Nothing is fetched ahead.
    - Lines are replaced least recently used first; real cores come close to that. Writing back lines costs nothing, for all
      images alike. Lines that the kernel invalidates stay in the model, which makes flash look faster; the tables say
      by how much at most.
    - QEMU tells the kernel of caches of 2 KiB without aliases. On a board with aliases the kernel flushes more.
    - Devices answer at once, and the console takes no time. On a board with a serial console of 115200 baud a boot's messages take half a
      second, with all images.
    - Which functions fall on the same sets of the cache is the linker's choice, and differs from release to release: neighbours whose code
      hardly differs can differ much in what they miss. One version is one sample.
    - The CPI is the same for all code. Between its ends the slow-down moves as the ranges in the tables say.
    - The work is malta's initialisation and `userspace/init.c`, which fills and compares pages for most of its time: its
      kernel part, taken alone, is the nearer guess for a router.
    - The loader copies through the caches from a window in which flash can be read. U-Boots that read past them, check a CRC, or fetch the
      image with commands of their own take longer. U-Boot's own start is in none of the figures.
    - gzip is what the kernel's makefiles take by default; routers often take LZMA, which is smaller and takes several times as many
      instructions.

    """
}

extension Table {
  /// The table in Markdown, all of it.
  var markdown: String { markdown(limit: .max) }
}
