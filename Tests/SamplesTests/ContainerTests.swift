import IR
import Testing

@testable import Samples

/// A zip archive, entry by entry, as an attacker would write it: what the directory says need not be so.
private struct Archive {
  var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  private func number(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> (8 * $0) & 0xff) } }

  /// Writes an entry that is deflated; `size` is what it says to unpack to. Its place can be named a second time.
  @discardableResult
  mutating func add(_ name: String, _ packed: [UInt8], size: Int, crc: UInt32, at other: Int? = nil) -> Int {
    let label = Array((name + ".npy").utf8)
    let place = other ?? bytes.count
    let common =
      number(20, 2) + number(0, 2) + number(8, 2) + number(0, 4) + number(Int(crc), 4) + number(packed.count, 4)
      + number(size, 4) + number(label.count, 2) + number(0, 2)
    if other == nil { bytes += [0x50, 0x4b, 3, 4] + common + label + packed }
    directory += [0x50, 0x4b, 1, 2, 20, 0] + common + number(0, 10) + number(place, 4) + label
    count += 1
    return place
  }

  func finished() -> [UInt8] {
    bytes + directory + [0x50, 0x4b, 5, 6] + number(0, 4) + number(count, 2) + number(count, 2)
      + number(directory.count, 4) + number(bytes.count, 4) + number(0, 2)
  }

  /// The same for an array that is what it says.
  @discardableResult
  mutating func add(_ name: String, _ array: NumPyArray, at other: Int? = nil) -> Int {
    let plain = array.npyPrefix() + array.withBytes { [UInt8]($0) }
    let crc = plain.withUnsafeBytes { crc32([$0]) }
    return add(name, deflated(plain, windowBits: -15), size: plain.count, crc: crc, at: other)
  }
}

private let few = NumPyArray([3], floats: [1, 2, 3])

private func npy(_ header: String, _ elements: [UInt8] = []) -> [UInt8] {
  [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 0xff), UInt8(header.utf8.count >> 8)]
    + Array(header.utf8) + elements
}

/// Objects, texts and damage in arrays that nobody asked for do not matter; their names are known.
@Test func onlyArraysThatAreWantedAreRead() throws {
  var archive = Archive()
  archive.add("x", few)
  let object = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", [0x80, 4, 0x4e, 0x2e])
  archive.add("meta", deflated(object, windowBits: -15), size: object.count, crc: 0)
  archive.add("torn", [0xff, 0xff, 0xff], size: 1_000, crc: 0)
  let bytes = OwnedBytes(archive.finished())
  let read = try NPZ(bytes, path: "f", only: ["x", "y"])
  #expect(read.arrays.map(\.name) == ["x"] && read.names == ["x", "meta", "torn"])
  #expect(try read.array("x", path: "f").floats() == [1, 2, 3])
  #expect(throws: DataFileError.missingArray(path: "f", name: "y", present: ["x", "meta", "torn"])) {
    try read.array("y", path: "f")
  }
  #expect(throws: DataFileError.arrayType(path: "f", name: "meta", type: "|O")) { try NPZ(bytes, path: "f") }
}

@Test func entriesThatShareBytesAreRefused() throws {
  var archive = Archive()
  let place = archive.add("x", few)
  archive.add("y", few, at: place)
  #expect(throws: DataFileError.malformed(path: "f", .zipOverlap(entry: "y.npy"))) {
    try NPZ(OwnedBytes(archive.finished()), path: "f", only: ["x"])
  }
}

@Test func entriesOfOneNameAreRefused() throws {
  var archive = Archive()
  archive.add("x", few)
  archive.add("x", few)
  #expect(throws: DataFileError.malformed(path: "f", .zipRepeated(entry: "x.npy"))) {
    try NPZ(OwnedBytes(archive.finished()), path: "f")
  }
}

/// What deflate cannot make of so few bytes is refused before memory is taken for it.
@Test func moreThanCompressionCanHoldIsRefused() throws {
  var archive = Archive()
  let plain = few.npyPrefix()
  archive.add("x", deflated(plain, windowBits: -15), size: 200_000, crc: 0)
  #expect(throws: DataFileError.malformed(path: "f", .compression)) {
    try NPZ(OwnedBytes(archive.finished()), path: "f")
  }
}

/// The shape is known, and can be refused, before anything is unpacked: behind the head there is nothing but damage.
@Test func shapesAreCheckedBeforeElementsAreUnpacked() throws {
  var archive = Archive()
  let plain =
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000, 60), }\n") + [UInt8](repeating: 0, count: 60_000)
  archive.add("x", deflated(plain, windowBits: -15), size: plain.count, crc: 0xbad)
  let bytes = OwnedBytes(archive.finished())
  #expect(throws: DataFileError.noSamples(path: "f")) {
    try NPZ(bytes, path: "f") { (name, type, shape) throws(DataFileError) in
      #expect(name == "x" && type == .u8 && shape == [1_000, 60])
      throw .noSamples(path: "f")
    }
  }
  #expect(throws: DataFileError.malformed(path: "f", .checksum(entry: "x.npy"))) { try NPZ(bytes, path: "f") }
}

/// No product of sizes may trap, in whatever order they stand and whether or not one is zero.
@Test(arguments: [
  "(0, 4611686018427387904, 4611686018427387904)", "(4611686018427387904, 0, 8)", "(9223372036854775807, 2)",
  "(3037000500, 3037000500)", "(9223372036854775807,)", "(1, 72057594037927937)",
])
func sizesThatNoMemoryHoldsAreRefused(shape: String) throws {
  for order in ["True", "False"] {
    let bytes = npy("{'descr': '<f8', 'fortran_order': \(order), 'shape': \(shape), }\n")
    #expect {
      try NPZ(OwnedBytes(bytes), path: "f")
    } throws: { error in
      if case .arrayShape("f", "x", _) = error as? DataFileError { true } else { false }
    }
  }
}

@Test func manyEntriesAreListedInTime() throws {
  var archive = Archive()
  for index in 0..<20_000 { archive.add("a\(index)", few) }
  let read = try NPZ(OwnedBytes(archive.finished()), path: "f", only: ["x"])
  #expect(read.names.count == 20_000 && read.arrays.isEmpty)
}

/// A `.gz` is unpacked to what its dimensions say, and no further.
@Test func packedIDXFilesMayNotHoldMore() throws {
  let scratch = try Scratch()
  let labels = idx([2], [1, 0])
  let good = try scratch.write("good", deflated(labels, windowBits: 31))
  #expect(try IDX(path: good).shape == [2])
  let more = try scratch.write("more", deflated(labels + [UInt8](repeating: 0, count: 1 << 20), windowBits: 31))
  #expect(throws: DataFileError.malformed(path: more, .compression)) { try IDX(path: more) }
  let huge = try scratch.write("huge", deflated(idx([1 << 20, 1 << 20, 1 << 20], []), windowBits: 31))
  #expect(throws: DataFileError.malformed(path: huge, .idxDimensions)) { try IDX(path: huge) }
  let announced = try scratch.write("announced", deflated(idx([1 << 12, 1 << 10, 1 << 10], []), windowBits: 31))
  #expect(throws: DataFileError.self) { try IDX(path: announced) }
}
