internal import CLibgit2
public import SystemPackage

/// What an object is.
public enum ObjectKind: Sendable {
  case blob, tree, commit

  var raw: git_object_t {
    switch self {
    case .blob: GIT_OBJECT_BLOB
    case .tree: GIT_OBJECT_TREE
    case .commit: GIT_OBJECT_COMMIT
    }
  }

  var noun: String {
    switch self {
    case .blob: "a blob"
    case .tree: "a tree"
    case .commit: "a commit"
    }
  }
}

/// An open repository, bare or not, for the use of one task at a time.
///
/// Objects made here stay in memory, under their true names and readable like all others, until
/// ``writeObjects()``: work that is not kept leaves no trace, and needs no right to write.
public struct Repository: ~Copyable {
  /// The repository's own directory: `…/.git`, or the bare repository itself.
  public let path: FilePath

  let handle: OpaquePointer
  private let objects: OpaquePointer
  private let trees = ObjectCache<Tree>(capacity: 4 << 20) { $0.content.count }
  private let blobs = ObjectCache<[UInt8]>(capacity: 16 << 20) { $0.count }
  private var made: [ObjectID: MadeObject] = [:]
  private var order: [ObjectID] = []
  private var provisional: UInt64 = 0

  /// What objects made from now on are for.
  public var purpose = Purpose.result

  /// What objects are made for.
  public enum Purpose: Sendable {
    /// To be stored.
    case result
    /// To be looked at once.
    ///
    /// Here and in ``reference`` blobs get names of no meaning, for finding the true ones of large files takes
    /// milliseconds; ``named(_:)`` tells those that are needed.
    case glance
    /// To be read again and again: ``forgetObjects()`` keeps them, and ``writeObjects()`` does not store them.
    case reference
  }

  /// Opens the repository at `path`: a bare one, a working tree, or its `.git`; no directory above is searched.
  ///
  /// - Throws: `GitError.notARepository`, or `.sha256Repository` for an object format that cannot be read.
  public init(opening path: FilePath) throws(GitError) {
    Library.started
    var handle: OpaquePointer?
    let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_CROSS_FS.rawValue
    let code = git_repository_open_ext(&handle, path.string, flags, nil)
    if code == GIT_ENOTFOUND.rawValue { throw .notARepository(path) }
    do {
      try GitError.check(code, "git_repository_open_ext")
    } catch .library(_, _, let message) where message.contains("objectformat") {
      throw .sha256Repository(path)
    }
    guard let handle else { throw .notARepository(path) }
    var objects: OpaquePointer?
    do {
      try GitError.check(git_repository_odb(&objects, handle), "git_repository_odb")
    } catch {
      git_repository_free(handle)
      throw error
    }
    guard let objects else { throw .notARepository(path) }
    self.path = FilePath(String(cString: git_repository_path(handle)))
    self.handle = handle
    self.objects = objects
  }

  deinit {
    git_odb_free(objects)
    git_repository_free(handle)
  }

  /// Returns whether the repository holds the object, in memory or stored.
  public func contains(_ id: ObjectID) -> Bool {
    if made[id] != nil { return true }
    var raw = id.raw
    return git_odb_exists(objects, &raw) == 1
  }

  /// Returns the content of an object.
  ///
  /// - Throws: `GitError.missingObject`, or `.malformedObject` when it is of another kind.
  public func content(of id: ObjectID, as kind: ObjectKind) throws(GitError) -> [UInt8] {
    if let object = made[id], object.kind == kind { return object.content.bytes }
    if kind == .blob, let known = blobs[id] { return known }
    var object: OpaquePointer?
    var raw = id.raw
    let code = git_odb_read(&object, objects, &raw)
    if code == GIT_ENOTFOUND.rawValue { throw .missingObject(id) }
    try GitError.check(code, "git_odb_read")
    defer { git_odb_object_free(object) }
    guard git_odb_object_type(object) == kind.raw else {
      throw .malformedObject(id, expected: kind.noun)
    }
    let content = Array(
      UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
    if kind == .blob { blobs[id] = content }
    return content
  }

  /// Returns a tree.
  public func tree(_ id: ObjectID) throws(GitError) -> Tree {
    if let known = trees[id] { return known }
    guard let tree = Tree(content: try content(of: id, as: .tree)) else {
      throw .malformedObject(id, expected: "a well-formed tree")
    }
    trees[id] = tree
    return tree
  }

  /// Returns a commit.
  public func commit(_ id: ObjectID) throws(GitError) -> Commit {
    guard let commit = Commit(content: try content(of: id, as: .commit)) else {
      throw .malformedObject(id, expected: "a well-formed commit")
    }
    return commit
  }

  /// Returns whether two names stand for the same content of a blob.
  public func haveSameContent(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> Bool {
    if one == other { return true }
    guard one.isProvisional || other.isProvisional else { return false }
    let sizes = (made[one]?.content.size, made[other]?.content.size)
    if let left = sizes.0, let right = sizes.1, left != right { return false }
    if let size = sizes.0, sizes.1 == nil, size != (try content(of: other, as: .blob)).count { return false }
    if let size = sizes.1, sizes.0 == nil, size != (try content(of: one, as: .blob)).count { return false }
    return try content(of: one, as: .blob) == content(of: other, as: .blob)
  }

  /// Makes an object in memory and returns its name.
  public mutating func make(_ content: [UInt8], as kind: ObjectKind) throws(GitError) -> ObjectID {
    if purpose != .result, kind == .blob { return keepProvisional(MadeContent(content)) }
    return try makeNamed(content, as: kind)
  }

  /// Makes a blob in memory and returns its name.
  ///
  /// - Parameters:
  ///   - size: The number of its bytes.
  ///   - content: Puts them together; called when they are first asked for, which at a glance may be never.
  /// - Returns: The name.
  /// - Throws: `GitError.library` when it cannot be hashed.
  public mutating func makeBlob(
    size: Int, _ content: @escaping () -> [UInt8]
  ) throws(GitError) -> ObjectID {
    if purpose != .result { return keepProvisional(MadeContent(size: size, content)) }
    return try makeNamed(content(), as: .blob)
  }

  private mutating func keepProvisional(_ content: MadeContent) -> ObjectID {
    provisional += 1
    let id = ObjectID(provisional: provisional)
    keep(MadeObject(kind: .blob, content: content), as: id)
    return id
  }

  /// Makes an object under its true name, whatever it is for.
  public mutating func makeNamed(_ content: [UInt8], as kind: ObjectKind) throws(GitError) -> ObjectID {
    var raw = git_oid()
    let code = content.withUnsafeBytes {
      git_odb_hash(&raw, $0.baseAddress ?? emptyBytes, $0.count, kind.raw)
    }
    try GitError.check(code, "git_odb_hash")
    let id = ObjectID(raw)
    keep(MadeObject(kind: kind, content: MadeContent(content)), as: id)
    return id
  }

  /// Returns the entry under the true name of its content.
  public mutating func named(_ entry: TreeEntry) throws(GitError) -> TreeEntry {
    guard entry.id.isProvisional, let object = made[entry.id] else { return entry }
    return TreeEntry(entry.mode, try makeNamed(object.content.bytes, as: object.kind))
  }

  private mutating func keep(_ object: MadeObject, as id: ObjectID) {
    if made[id] == nil {
      made[id] = object
      order.append(id)
    }
    if purpose == .reference {
      made[id]?.isReference = true
    } else {
      made[id]?.isResult = true
    }
  }

  /// Makes a tree in memory and returns its name.
  public mutating func make(_ tree: Tree) throws(GitError) -> ObjectID {
    try make(tree.content, as: .tree)
  }

  /// Makes a commit in memory and returns its name.
  public mutating func make(_ commit: Commit) throws(GitError) -> ObjectID {
    try make(commit.content, as: .commit)
  }

  /// Stores the objects made in memory that the repository does not have yet, in the order they were made.
  ///
  /// An object is made after those it names, so a run that is cut short leaves nothing that points nowhere.
  public mutating func writeObjects() throws(GitError) {
    for id in order {
      guard let object = made[id], object.isResult, !id.isProvisional else { continue }
      var raw = id.raw
      if git_odb_exists(objects, &raw) == 1 { continue }
      let code = object.content.bytes.withUnsafeBytes {
        git_odb_write(&raw, objects, $0.baseAddress ?? emptyBytes, $0.count, object.kind.raw)
      }
      try GitError.check(code, "git_odb_write")
    }
    forgetObjects()
  }

  /// Drops the objects made in memory, but for those that are for reference.
  public mutating func forgetObjects() {
    var kept: [ObjectID] = []
    for id in order {
      if made[id]?.isReference == true {
        made[id]?.isResult = false
        kept.append(id)
      } else {
        made[id] = nil
      }
    }
    order = kept
  }
}

/// An object that is held in memory.
private struct MadeObject {
  let kind: ObjectKind
  let content: MadeContent
  var isResult = false
  var isReference = false
}

/// The bytes of an object, put together when they are first asked for.
private final class MadeContent {
  let size: Int
  private var make: (() -> [UInt8])?
  private(set) lazy var bytes: [UInt8] = {
    let bytes = make?() ?? []
    make = nil
    return bytes
  }()

  init(size: Int, _ make: @escaping () -> [UInt8]) {
    self.size = size
    self.make = make
  }

  init(_ bytes: [UInt8]) {
    size = bytes.count
    self.bytes = bytes
  }
}

/// The objects read last: the files of a series, and the trees on the way to them, are asked for several times.
private final class ObjectCache<Object> {
  private let capacity: Int
  private let bytes: (Object) -> Int
  private var objects: [ObjectID: Object] = [:]
  private var size = 0

  init(capacity: Int, bytes: @escaping (Object) -> Int) {
    self.capacity = capacity
    self.bytes = bytes
  }

  subscript(id: ObjectID) -> Object? {
    get { objects[id] }
    set {
      guard let newValue else { return }
      // What is read next is more likely to be asked for again than what was read once.
      if size + bytes(newValue) > capacity {
        objects = [:]
        size = 0
      }
      objects[id] = newValue
      size += bytes(newValue)
    }
  }
}

/// What stands for the address of no bytes, where libgit2 wants one.
private nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(
  UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
