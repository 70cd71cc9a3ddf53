import IR

/// The arrays of a `.npz` file by name, in the order of the file.
public struct NPZ: Sendable {
  public var arrays: [(name: String, array: NumPyArray)] = []
  /// Names of arrays that are in the file and were not read.
  public private(set) var unread: [String] = []

  public init() {}

  /// What an array is, as its header says it before any element is looked at.
  public typealias Check = (_ name: String, NumPyType, _ shape: [Int]) throws(DataFileError) -> Void

  /// Reads `.npz`, or `.npy` as one array `x`.
  ///
  /// - Parameters:
  ///   - wanted: the arrays to read; of others the names alone are known. Nil for all.
  ///   - check: called with what the header of a wanted array says, before its elements are unpacked.
  /// - Throws: `DataFileError`, and what `check` throws.
  public init(
    path: String, only wanted: Set<String>? = nil, check: Check = { (_, _, _) throws(DataFileError) in }
  ) throws(DataFileError) { try self.init(FileBytes(path: path), path: path, only: wanted, check: check) }

  public init(
    _ storage: any ConstantStorage, path: String, only wanted: Set<String>? = nil,
    check: Check = { (_, _, _) throws(DataFileError) in }
  ) throws(DataFileError) {
    if storage.withBytes({ $0.first }) == 0x93 {
      let head = try NumPyHead(storage, 0, storage.count, of: storage.count, path: path, name: "x")
      try check("x", head.type, head.shape)
      self["x"] = try NumPyArray(head, in: storage, path: path)
      return
    }
    let archive = try ZipArchive(storage, path: path)
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      guard wanted?.contains(name) ?? true else {
        unread.append(name)
        continue
      }
      let (start, first, last) = try archive.beginning(of: entry, NumPyHead.longest)
      let head = try NumPyHead(start, first, last, of: entry.size, path: path, name: name)
      try check(name, head.type, head.shape)
      let (bytes, begin, _) = try archive.contents(of: entry)
      arrays.append((name, try NumPyArray(head.moved(by: begin - first), in: bytes, path: path)))
    }
  }

  /// The names of the arrays of a file, of which none is read.
  ///
  /// - Throws: `DataFileError`.
  public static func names(in storage: any ConstantStorage, path: String) throws(DataFileError) -> [String] {
    if storage.withBytes({ $0.first }) == 0x93 { return ["x"] }
    return try NPZ(storage, path: path, only: []).names
  }

  public var names: [String] { arrays.map(\.name) + unread }

  public subscript(name: String) -> NumPyArray? {
    get { arrays.first { $0.name == name }?.array }
    set {
      let index = arrays.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let array?): arrays[index].array = array
      case (let index?, nil): arrays.remove(at: index)
      case (nil, let array?): arrays.append((name, array))
      case (nil, nil): break
      }
    }
  }

  /// The array of that name.
  ///
  /// - Throws: `missingArray` with the names that are there.
  public func array(_ name: String, path: String) throws(DataFileError) -> NumPyArray {
    guard let array = self[name] else { throw .missingArray(path: path, name: name, present: names) }
    return array
  }

  /// The bytes of the file: stored entries dated 1980-01-01, so that equal arrays give equal bytes.
  ///
  /// - Throws: `tooLarge` past 4 GiB.
  public func encoded(path: String) throws(DataFileError) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, array) in arrays {
      let prefix = array.npyPrefix()
      let size = prefix.count + array.byteCount
      let start = file.count
      guard start + size < 0xffff_0000 else { throw .tooLarge(path: path) }
      let sum = array.withBytes { body in prefix.withUnsafeBytes { crc32([$0, body]) } }
      let label = Array((name + ".npy").utf8)
      // Version 2.0, names in UTF-8, stored, 1980-01-01 00:00, sizes.
      var common = Little()
      common.halves(20, 0x0800, 0, 0, 0x0021)
      common.words(sum, UInt32(size), UInt32(size))
      common.halves(label.count, 0)
      file += [0x50, 0x4b, 3, 4] + common.bytes + label + prefix
      array.withBytes { file += $0 }
      var tail = Little()
      tail.halves(0, 0, 0)
      tail.words(0, UInt32(start))
      directory += [0x50, 0x4b, 1, 2, 20, 0] + common.bytes + tail.bytes + label
    }
    var end = Little()
    end.halves(0, 0, arrays.count, arrays.count)
    end.words(UInt32(directory.count), UInt32(file.count))
    end.halves(0)
    return file + directory + [0x50, 0x4b, 5, 6] + end.bytes
  }
}

/// Bytes of little-endian numbers.
private struct Little {
  var bytes: [UInt8] = []

  mutating func halves(_ values: Int...) {
    for value in values { bytes += [UInt8(value & 0xff), UInt8(value >> 8 & 0xff)] }
  }

  mutating func words(_ values: UInt32...) {
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
  }
}
