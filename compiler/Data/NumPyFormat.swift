import IR

/// The `.npy` format: magic, version, a header that is a Python dictionary, elements.
extension NumPyArray {
  /// The array that starts at byte `start` of `storage` and ends before `end`.
  ///
  /// - Throws: `malformed`, or `arrayType` for element types we do not read (complex, text, objects, big-endian).
  public init(
    npy storage: any ConstantStorage, _ start: Int, _ end: Int, path: String, name: String
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
    guard let bytes = size(of: header.shape, width: type.width) else {
      throw .arrayShape(path: path, name: name, shape: header.shape)
    }
    guard bytes <= end - first - length else { throw .malformed(path: path, .truncated) }
    guard header.isFortranOrder, header.shape.count > 1 else {
      self.init(type, header.shape, storage: storage, offset: first + length)
      return
    }
    // First axis fastest: the same bytes as the transposed array in our order.
    let stored = storage.withBytes { [UInt8]($0[(first + length)..<(first + length + bytes)]) }
    let axes = Array(header.shape.indices.reversed())
    let own = permute(stored, shape: header.shape.reversed(), permutation: axes, width: type.width)
    self.init(type, header.shape, storage: OwnedBytes(own))
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

/// Bytes of an array, or nil for negative sizes and products that no memory holds.
private func size(of shape: [Int], width: Int) -> Int? {
  var bytes = width
  for size in shape {
    let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
    guard size >= 0, !overflow else { return nil }
    bytes = product
  }
  return bytes
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
