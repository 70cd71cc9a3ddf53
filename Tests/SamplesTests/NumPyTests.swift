import IR
import Testing

@testable import Samples

private func storage(_ bytes: [UInt8]) -> OwnedBytes { OwnedBytes(bytes) }

@Test(arguments: [[], [3], [0, 4], [2, 3], [2, 3, 4, 5]])
func arraysSurviveTheFile(shape: [Int]) throws {
  let count = shape.reduce(1, *)
  var file = NPZ()
  file["x"] = NumPyArray(shape, floats: (0..<count).map { Float($0) * 0.25 - 1 })
  file["grad/a.b"] = NumPyArray([2], integers: [-7, 1 << 40])
  let read = try NPZ(storage(file.encoded(path: "f")), path: "f")
  #expect(read.names == ["x", "grad/a.b"])
  let x = try read.array("x", path: "f")
  #expect(x.shape == shape && x.floats() == (0..<count).map { Float($0) * 0.25 - 1 })
  #expect(read["grad/a.b"]?.numbers(0..<2) == [-7, Double(1 << 40)])
}

@Test(arguments: NumPyType.allCases)
func everyElementTypeIsRead(type: NumPyType) throws {
  let one: [UInt8] =
    switch type {
    case .f32: [0, 0, 0x80, 0x3f]
    case .f64: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
    default: [1] + [UInt8](repeating: 0, count: type.width - 1)
    }
  let array = NumPyArray(type, [1], storage: storage(one))
  let bytes = array.npyPrefix() + one
  #expect(bytes.count % 64 == type.width)
  let read = try NumPyArray(npy: storage(bytes), 0, bytes.count, path: "f", name: "x")
  #expect(read.type == type && read.numbers(0..<1) == [1])
}

@Test func firstAxisFastestIsTransposed() throws {
  let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n"
  let body = [Float](arrayLiteral: 0, 3, 1, 4, 2, 5).withUnsafeBytes { [UInt8]($0) }
  let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + body
  let read = try NumPyArray(npy: storage(bytes), 0, bytes.count, path: "f", name: "x")
  #expect(read.floats() == [0, 1, 2, 3, 4, 5])
}

@Test func deflatedEntriesAreUnpacked() throws {
  var file = NPZ()
  let values = (0..<1000).map { Float($0 % 7) }
  file["x"] = NumPyArray([1000], floats: values)
  let stored = try file.encoded(path: "f")
  // Rewrites the only entry: method 8, the sizes, and the place of the directory.
  let headerBytes = 30 + "x.npy".utf8.count
  let size = Int(stored[18]) | Int(stored[19]) << 8
  let packed = deflated(Array(stored[headerBytes..<(headerBytes + size)]), windowBits: -15)
  func patched(_ bytes: ArraySlice<UInt8>, method: Int, packedSize: Int) -> [UInt8] {
    var result = Array(bytes)
    result[method] = 8
    for byte in 0..<4 { result[packedSize + byte] = UInt8(packed.count >> (8 * byte) & 0xff) }
    return result
  }
  let directory = stored.dropFirst(headerBytes + size).dropLast(22)
  var end = Array(stored.suffix(22))
  for byte in 0..<4 { end[16 + byte] = UInt8((headerBytes + packed.count) >> (8 * byte) & 0xff) }
  let bytes =
    patched(stored[..<headerBytes], method: 8, packedSize: 18) + packed
    + patched(directory, method: 10, packedSize: 20) + end
  #expect(try NPZ(storage(bytes), path: "f")["x"]?.floats() == values)
}

@Test func anyDamageIsAnErrorNotACrash() throws {
  var file = NPZ()
  file["x"] = NumPyArray([2, 2], floats: [1, 2, 3, 4])
  file["y"] = NumPyArray([2], integers: [0, 1])
  let whole = try file.encoded(path: "f")
  for length in 0..<whole.count {
    #expect(throws: DataFileError.self) { try NPZ(storage(Array(whole[..<length])), path: "f") }
  }
  for index in whole.indices {
    var bytes = whole
    bytes[index] ^= 0xff
    // Dates and the like do not matter; whatever is read is what was written.
    if let read = try? NPZ(storage(bytes), path: "f"), let x = read["x"] { #expect(x.floats() == [1, 2, 3, 4]) }
  }
}

@Test func typesWeDoNotReadAreNamed() throws {
  for type in ["<c8", ">f4", "<U3", "|O"] {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (1,), }\n"
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    #expect(throws: DataFileError.arrayType(path: "f", name: "x", type: type)) {
      try NumPyArray(npy: storage(bytes + [0, 0, 0, 0, 0, 0, 0, 0]), 0, bytes.count + 8, path: "f", name: "x")
    }
  }
}
