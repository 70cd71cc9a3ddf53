import IR

/// The `.npy` format: magic, version, a header that is a Python dictionary, elements.
extension NumPyArray {
  /// The array that starts at byte `start` of `storage` and ends before `end`.
  ///
  /// - Throws: as `NumPyHead` does.
  public init(
    npy storage: any ConstantStorage, _ start: Int, _ end: Int, path: String, name: String
  ) throws(DataFileError) {
    let head = try NumPyHead(storage, start, end, of: end - start, path: path, name: name)
    try self.init(head, in: storage, path: path)
  }

  /// The array whose elements are in `storage` where the head says.
  ///
  /// - Throws: `noMemory` for one that has to be transposed.
  init(_ head: NumPyHead, in storage: any ConstantStorage, path: String) throws(DataFileError) {
    guard head.isFortranOrder, head.shape.count > 1 else {
      self.init(head.type, head.shape, storage: storage, offset: head.elements)
      return
    }
    // First axis fastest: the same bytes as the transposed array in our order.
    try requireMemory(2 * head.bytes, for: path)
    let stored = storage.withBytes { [UInt8]($0[head.elements..<(head.elements + head.bytes)]) }
    let axes = Array(head.shape.indices.reversed())
    let own = permute(stored, shape: head.shape.reversed(), permutation: axes, width: head.type.width)
    self.init(head.type, head.shape, storage: OwnedBytes(own))
  }

  /// What stands before the elements of the array in a file of its own; a multiple of 64 bytes.
  func npyPrefix() -> [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    let shapeText = shape.count == 1 ? "(\(sizes))" : "(\(sizes.dropLast(shape.isEmpty ? 0 : 1)))"
    let header = "{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': \(shapeText), }"
    let total = (10 + header.utf8.count + 1 + 63) / 64 * 64
    let length = total - 10
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
    bytes += Array(header.utf8)
    bytes += [UInt8](repeating: 0x20, count: total - bytes.count - 1)
    return bytes + [0x0a]
  }
}

/// What an array is and where its elements are: all that stands before them, checked against the bytes there are.
struct NumPyHead {
  /// Bytes in which the head of any array that is read ends.
  static let longest = 1 << 16

  let type: NumPyType
  let shape: [Int]
  let isFortranOrder: Bool
  /// First byte of the elements in the storage.
  let elements: Int
  /// Bytes of all elements.
  let bytes: Int

  /// Reads the head that starts at byte `start` of `storage`, of which the bytes before `end` are there.
  ///
  /// - Parameter size: bytes of the whole array, its head among them.
  /// - Throws: `malformed`, `arrayShape` for sizes that no memory holds, or `arrayType` for element types we do not read
  ///   (complex, text, objects, big-endian).
  init(
    _ storage: any ConstantStorage, _ start: Int, _ end: Int, of size: Int, path: String, name: String
  ) throws(DataFileError) {
    let prefix = storage.withBytes { [UInt8]($0[start..<min(end, start + 12)]) }
    guard prefix.count >= 10, prefix.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw .malformed(path: path, .notNumPy)
    }
    let isLong = prefix[6] >= 2
    guard prefix.count == 12, (1...3).contains(prefix[6]) else { throw .malformed(path: path, .numPyHeader) }
    var length = Int(prefix[8]) | Int(prefix[9]) << 8
    if isLong { length |= Int(prefix[10]) << 16 | Int(prefix[11]) << 24 }
    let first = start + (isLong ? 12 : 10)
    guard length <= end - first else { throw .malformed(path: path, .truncated) }
    let text = storage.withBytes { String(decoding: $0[first..<(first + length)], as: UTF8.self) }
    guard let header = NumPyHeader(text) else { throw .malformed(path: path, .numPyHeader) }
    guard let type = NumPyType(rawValue: header.type) else {
      throw .arrayType(path: path, name: name, type: header.type)
    }
    guard let bytes = NumPyHead.bytes(of: header.shape, width: type.width) else {
      throw .arrayShape(path: path, name: name, shape: header.shape)
    }
    elements = first + length
    let room = size - (elements - start)
    guard bytes <= room else { throw .malformed(path: path, .truncated) }
    // What is more would be unpacked for nothing, or is another array that nobody would read.
    guard bytes == room else { throw .malformed(path: path, .trailing) }
    self.type = type
    self.bytes = bytes
    shape = header.shape
    isFortranOrder = header.isFortranOrder
  }

  private init(_ head: NumPyHead, elements: Int) {
    (type, shape, isFortranOrder, bytes) = (head.type, head.shape, head.isFortranOrder, head.bytes)
    self.elements = elements
  }

  /// The same head where it begins so many bytes later.
  func moved(by distance: Int) -> NumPyHead { NumPyHead(self, elements: elements + distance) }

  /// Bytes of an array; nil where no memory holds it, also where it holds nothing because another size is zero.
  ///
  /// Products of any of its sizes can be computed then.
  private static func bytes(of shape: [Int], width: Int) -> Int? {
    var bytes = width
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 1))
      guard size >= 0, !overflow, product <= 1 << 56 else { return nil }
      bytes = product
    }
    return shape.contains(0) ? 0 : bytes
  }
}

/// The three entries of a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
  let type: String
  let isFortranOrder: Bool
  let shape: [Int]

  init?(_ text: String) {
    guard let type = NumPyHeader.value(of: "descr", in: text),
      let order = NumPyHeader.value(of: "fortran_order", in: text),
      let shape = NumPyHeader.value(of: "shape", in: text), shape.hasPrefix("("),
      let end = shape.firstIndex(of: ")"), order.hasPrefix("True") || order.hasPrefix("False")
    else { return nil }
    // A list instead of a text is a structure of several fields: kept as it stands, for the message.
    let mark = type.first
    let quoted = type.dropFirst().prefix { $0 != mark }
    self.type = mark == "'" || mark == "\"" ? String(quoted) : String(type.prefix { $0 != "]" })
    isFortranOrder = order.hasPrefix("True")
    var sizes: [Int] = []
    for part in shape[shape.index(after: shape.startIndex)..<end].split(separator: ",") {
      let digits = part.filter { $0 != " " }
      guard let size = Int(digits), size >= 0 else { return nil }
      sizes.append(size)
    }
    self.shape = sizes
  }

  /// What follows the key, without leading blanks.
  private static func value(of key: String, in text: String) -> Substring? {
    for quote in ["'", "\""] {
      guard let range = text.firstRange(of: "\(quote)\(key)\(quote)") else { continue }
      let rest = text[range.upperBound...].drop { $0 == " " }
      guard rest.first == ":" else { return nil }
      return rest.dropFirst().drop { $0 == " " }
    }
    return nil
  }
}
