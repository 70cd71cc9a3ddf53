import IR

/// An IDX file: unsigned bytes in any number of dimensions, big-endian sizes; gzip or plain.
public struct IDX: Sendable {
  public let shape: [Int]
  public let storage: any ConstantStorage
  /// First element.
  public let offset: Int

  /// - Throws: `malformed`.
  public init(path: String) throws(DataFileError) {
    var storage: any ConstantStorage = try FileBytes(path: path)
    if storage.withBytes({ $0.starts(with: [0x1f, 0x8b]) }) {
      guard let bytes = storage.withBytes({ inflate($0, .gzip, limit: 1 << 33) }) else {
        throw .malformed(path: path, .compression)
      }
      storage = OwnedBytes(bytes)
    }
    try self.init(storage, path: path)
  }

  init(_ storage: any ConstantStorage, path: String) throws(DataFileError) {
    let head = storage.withBytes { [UInt8]($0.prefix(4)) }
    guard head.count == 4, head[0] == 0, head[1] == 0, head[3] > 0 else { throw .malformed(path: path, .notIDX) }
    guard head[2] == 8 else { throw .malformed(path: path, .idxType(Int(head[2]))) }
    let first = 4 + 4 * Int(head[3])
    guard storage.count >= first else { throw .malformed(path: path, .truncated) }
    shape = storage.withBytes { raw in
      (0..<Int(head[3])).map {
        Int(UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4 + 4 * $0, as: UInt32.self)))
      }
    }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw .malformed(path: path, .idxDimensions) }
      count = product
    }
    guard storage.count - first >= count else { throw .malformed(path: path, .truncated) }
    self.storage = storage
    offset = first
  }

  /// Where the labels of such pictures are by custom: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`.
  public static func labelsPath(for path: String) -> String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? path
    let folder = path.dropLast(name.count)
    return folder + name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
  }
}
