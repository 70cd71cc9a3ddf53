import IR

/// An IDX file: unsigned bytes in any number of dimensions, big-endian sizes; gzip or plain.
public struct IDX: Sendable {
  public let shape: [Int]
  public let storage: any ConstantStorage
  /// First element.
  public let offset: Int

  /// - Throws: `malformed`, `noMemory`.
  public init(path: String) throws(DataFileError) {
    let file = try FileBytes(path: path)
    guard file.withBytes({ $0.starts(with: [0x1f, 0x8b]) }) else {
      try self.init(file, path: path)
      return
    }
    guard let start = file.withBytes({ inflatePrefix($0, .gzip, IDXHead.longest) }) else {
      throw .malformed(path: path, .compression)
    }
    // What the dimensions say is unpacked, and no more.
    let head = try IDXHead(start, path: path)
    try requireMemory(head.elements + head.count, for: path)
    guard let bytes = file.withBytes({ inflate($0, .gzip, exactly: head.elements + head.count) }) else {
      throw .malformed(path: path, .compression)
    }
    self.init(head, OwnedBytes(bytes))
  }

  private init(_ storage: any ConstantStorage, path: String) throws(DataFileError) {
    let head = try IDXHead(storage.withBytes { [UInt8]($0.prefix(IDXHead.longest)) }, path: path)
    guard storage.count - head.elements >= head.count else { throw .malformed(path: path, .truncated) }
    guard storage.count - head.elements == head.count else { throw .malformed(path: path, .trailing) }
    self.init(head, storage)
  }

  private init(_ head: IDXHead, _ storage: any ConstantStorage) {
    shape = head.shape
    offset = head.elements
    self.storage = storage
  }

  /// Where the labels of such pictures are by custom: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`.
  public static func labelsPath(for path: String) -> String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? path
    let folder = path.dropLast(name.count)
    return folder + name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
  }
}

/// What stands before the elements of an IDX file.
private struct IDXHead {
  /// Bytes in which it ends with the most dimensions there can be.
  static let longest = 4 + 4 * 255

  let shape: [Int]
  /// First element.
  let elements: Int
  /// Number of elements, each of one byte.
  let count: Int

  init(_ start: [UInt8], path: String) throws(DataFileError) {
    guard start.count >= 4, start[0] == 0, start[1] == 0, start[3] > 0 else { throw .malformed(path: path, .notIDX) }
    guard start[2] == 8 else { throw .malformed(path: path, .idxType(Int(start[2]))) }
    elements = 4 + 4 * Int(start[3])
    guard start.count >= elements else { throw .malformed(path: path, .truncated) }
    shape = (1...Int(start[3])).map { index in
      start[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    // Products of any of the sizes can be computed, also where another one is zero.
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow, product <= 1 << 56 else { throw .malformed(path: path, .idxDimensions) }
      count = product
    }
    self.count = shape.contains(0) ? 0 : count
  }
}
