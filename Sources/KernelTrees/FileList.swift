/// The files of a tree or an index: mode and blob of each, in the order of their paths.
struct FileList: Sendable {
  /// One file: `100644 <id>` and its path, as slices of the listing they were read from.
  private struct Entry {
    let blob: ArraySlice<UInt8>
    let path: ArraySlice<UInt8>
  }

  private var entries: [Entry] = []

  /// Reads what `git ls-tree -r -z` prints: `<mode> <type> <id>` TAB `<path>` NUL; keeps what `held` contains.
  init(treeListing listing: [UInt8], held: SparsePaths) {
    // A directory's files follow each other, so its verdict is found once.
    var directory: ArraySlice<UInt8> = []
    var isHeld = true
    for record in records(listing) {
      let fields = record.fields.split(separator: UInt8(ascii: " "))
      guard fields.count == 3, fields[1].elementsEqual("blob".utf8) else { continue }
      let path = record.path
      let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex
      if path[..<nameStart] != directory {
        directory = path[..<nameStart]
        isHeld = directory.isEmpty || held.holds(directory.split(separator: UInt8(ascii: "/")))
      }
      guard isHeld || SparsePaths.isBuildFile(path[nameStart...]) else { continue }
      entries.append(Entry(blob: fields[0] + [UInt8(ascii: " ")] + fields[2], path: path))
    }
  }

  /// Reads what `git ls-files --stage -z` prints: `<mode> <id> <stage>` TAB `<path>` NUL.
  init(indexListing listing: [UInt8]) {
    for record in records(listing) {
      entries.append(Entry(blob: record.fields.dropLast(2), path: record.path))
    }
  }

  /// Returns what `git update-index -z --index-info` reads to turn an index of these files into one of `others`,
  /// and the paths that are then to be written, each ending in NUL.
  func changes(to others: FileList) -> (input: [UInt8], written: [[UInt8]]) {
    var removed: [UInt8] = []
    var added: [UInt8] = []
    var written: [[UInt8]] = []
    func remove(_ entry: Entry) {
      removed += "0 0000000000000000000000000000000000000000\t".utf8
      removed += entry.path + [0]
    }
    func add(_ entry: Entry) {
      added += entry.blob + [UInt8(ascii: "\t")] + entry.path + [0]
      written.append(entry.path + [0])
    }
    var old = entries[...]
    for new in others.entries {
      while let first = old.first, first.path.lexicographicallyPrecedes(new.path) {
        remove(first)
        old.removeFirst()
      }
      if let first = old.first, first.path == new.path {
        if first.blob != new.blob { add(new) }
        old.removeFirst()
      } else {
        add(new)
      }
    }
    for entry in old { remove(entry) }
    // A file may take the place of a directory, or the other way round: first away with the old.
    return (removed + added, written)
  }
}

/// Splits a listing at its NULs, and each record at its TAB.
private func records(_ listing: [UInt8]) -> [(fields: ArraySlice<UInt8>, path: ArraySlice<UInt8>)] {
  listing.split(separator: 0).compactMap { record in
    guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
    return (record[..<tab], record[(tab + 1)...])
  }
}
