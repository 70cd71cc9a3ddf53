import IR
import Testing

@testable import Samples

private func archive(_ scratch: Scratch, _ x: NumPyArray?, _ y: NumPyArray?) throws -> String {
  var file = NPZ()
  file["x"] = x
  file["y"] = y
  return try scratch.write("d.npz", file.encoded(path: "d.npz"))
}

private let four = NumPyArray([4, 2], floats: [1, 2, 3, 4, 5, 6, 7, 8])

@Test func badArraysHaveTheirOwnErrors() throws {
  let scratch = try Scratch()
  func error(_ x: NumPyArray?, _ y: NumPyArray?) throws -> DataFileError? {
    let path = try archive(scratch, x, y)
    return #expect(throws: DataFileError.self) {
      let writer = try PackWriter(openSource(path))
      _ = try writer.packed()
    }
  }
  let path = scratch.path + "/d.npz"
  let y = NumPyArray([4], integers: [0, 1, 0, 1])
  #expect(try error(four, nil) == .missingArray(path: path, name: "y", present: ["x"]))
  #expect(try error(nil, y) == .missingArray(path: path, name: "x", present: ["y"]))
  #expect(try error(four, NumPyArray([3], integers: [0, 1, 2])) == .countsDiffer(path: path, samples: 4, labels: 3))
  #expect(
    try error(four, NumPyArray([4], integers: [0, 1, -2, 0])) == .labelNegative(path: path, index: 2, value: "-2"))
  #expect(
    try error(four, NumPyArray([4], integers: [0, 1 << 30, 0, 1]))
      == .labelOutOfRange(path: path, index: 1, value: "\(1 << 30)", classes: 1 << 24))
  let large = NumPyArray(.u64, [4], storage: OwnedBytes([UInt8](repeating: 0xff, count: 32)))
  #expect(
    try error(four, large)
      == .labelOutOfRange(path: path, index: 0, value: "18446744073709551615", classes: 1 << 24))
  #expect(
    try error(NumPyArray([4, 2], floats: [1, 2, 3, 4, .nan, 6, 7, 8]), y) == .notFinite(path: path, sample: 2))
  let deep = NumPyArray([4] + [Int](repeating: 1, count: 9), floats: [1, 2, 3, 4])
  #expect(try error(deep, y) == .arrayShape(path: path, name: "x", shape: deep.shape))
  #expect(
    try error(four, NumPyArray([4, 2], integers: [0, 1, 1, 0, 0, 1, 1, 0]))
      == .classShape(path: path, shape: [4, 2], type: "<i8"))
  #expect(try error(NumPyArray([4, 1], integers: [1, 2, 3, 4]), y) == .arrayType(path: path, name: "x", type: "<i8"))
  #expect(try error(NumPyArray([0, 2], floats: []), NumPyArray([0], integers: [])) == .noSamples(path: path))
}

/// Samples are the array of the input's name, `x`, or the only one there is beside the labels.
@Test func arraysBearNamesOfInputs() throws {
  let three = NumPyArray([4, 3], floats: [Float](repeating: 1, count: 12))
  func shape(_ arrays: [(String, NumPyArray)], _ input: String?) throws -> [Int] {
    var file = NPZ()
    for (name, array) in arrays { file[name] = array }
    return try ArraySource(file, path: "d.npz", input: input, needsLabels: false).form.shape
  }
  #expect(try shape([("x", four), ("image", three)], nil) == [2])
  #expect(try shape([("x", four), ("image", three)], "image") == [3])
  #expect(try shape([("x", four), ("other", three)], "image") == [2])
  #expect(try shape([("image", three), ("y", four)], nil) == [3])
  #expect(throws: DataFileError.missingArray(path: "d.npz", name: "x", present: ["a", "b"])) {
    try shape([("a", four), ("b", three)], nil)
  }
}

/// Integers are classes in one axis or with further ones of size 1; floats are targets of their shape.
@Test func labelsKeepTheirShape() throws {
  func labels(_ y: NumPyArray) throws -> Labels {
    var file = NPZ()
    file["x"] = four
    file["y"] = y
    return try ArraySource(file, path: "d.npz").labels
  }
  let classes = Labels.classes([2, 0, 1, 1], count: 3, names: [])
  #expect(try labels(NumPyArray([4], integers: [2, 0, 1, 1])) == classes)
  #expect(try labels(NumPyArray([4, 1, 1], integers: [2, 0, 1, 1])) == classes)
  #expect(try labels(NumPyArray([4], floats: [2, 0, 1, 1])) == classes)
  #expect(try labels(NumPyArray([4], floats: [2, 0, 1.5, 1])) == .targets([2, 0, 1.5, 1], shape: []))
  #expect(try labels(NumPyArray([4, 1], floats: [2, 0, 1, 1])) == .targets([2, 0, 1, 1], shape: [1]))
  let numbers = (0..<24).map { Float($0) }
  #expect(try labels(NumPyArray([4, 2, 3], floats: numbers)) == .targets(numbers, shape: [2, 3]))
}

@Test func foldersAreClasses() throws {
  let scratch = try Scratch()
  let picture = gradientPicture(width: 6, height: 4, channels: 3)
  for name in ["b/2.png", "b/1.png", "a/x.PNG", "c/y.png"] { _ = try scratch.write(name, png(picture)) }
  for name in ["b/notes.txt", "c/d/deeper.png", "c/w.webp", "read.me"] { _ = try scratch.write(name, [1]) }
  // Named otherwise, and a picture all the same.
  _ = try scratch.write("a/y.jfif", jpeg(picture))
  _ = try scratch.write("c/z.jpeg", jpeg(gradientPicture(width: 30, height: 20, channels: 1)))
  let source = try openSource(scratch.path, form: PictureForm(size: 8, channels: 1))
  #expect(source.labels == .classes([0, 0, 1, 1, 2, 2], count: 3, names: ["a", "b", "c"]))
  #expect(source.form == SampleForm(.u8, .picture, [8, 8, 1]))
  for index in 0..<6 { #expect(try source.sample(index).count == 64) }
  #expect(source.leftOut == ["read.me", "b/notes.txt", "c/d", "c/w.webp"].map { scratch.path + "/" + $0 })
}

@Test func badFoldersHaveTheirOwnErrors() throws {
  let scratch = try Scratch()
  #expect(throws: DataFileError.emptyFolder(path: scratch.path, holds: [])) { try openSource(scratch.path) }
  let empty = try scratch.folder("a")
  #expect(throws: DataFileError.emptyFolder(path: empty, holds: [])) { try openSource(scratch.path) }
  _ = try scratch.write("a/w.webp", Array("RIFF____WEBPVP8 ".utf8))
  #expect(throws: DataFileError.emptyFolder(path: empty, holds: ["w.webp"])) { try openSource(scratch.path) }
  _ = try scratch.write("a/1.png", png(gradientPicture(width: 6, height: 4, channels: 3)))
  let other = try scratch.write("a/2.png", png(gradientPicture(width: 5, height: 4, channels: 3)))
  let source = try openSource(scratch.path)
  #expect(
    throws: DataFileError.sizesDiffer(path: other, width: 5, height: 4, expectedWidth: 6, expectedHeight: 4)
  ) { try source.sample(1) }
  let missing = scratch.path + "/none"
  #expect(throws: DataFileError.notFound(path: missing)) { try openSource(missing) }
  let text = try scratch.write("t.txt", Array("hello".utf8))
  #expect(throws: DataFileError.unknownKind(path: text)) { try openSource(text) }
}

@Test(arguments: [false, true])
func pairsOfIDXFilesAreRead(isPacked: Bool) throws {
  let scratch = try Scratch()
  let suffix = isPacked ? ".gz" : ""
  func bytes(_ plain: [UInt8]) -> [UInt8] { isPacked ? deflated(plain, windowBits: 31) : plain }
  let pixels = (0..<24).map { UInt8($0) }
  let path = try scratch.write("t-images-idx3-ubyte" + suffix, bytes(idx([2, 3, 4], pixels)))
  let expected = scratch.path + "/t-labels-idx1-ubyte" + suffix
  #expect(throws: DataFileError.labelsNotFound(path: path, expected: expected)) { try openSource(path) }
  _ = try scratch.write("t-labels-idx1-ubyte" + suffix, bytes(idx([2], [7, 3])))
  let source = try openSource(path)
  #expect(source.labels == .classes([7, 3], count: 8, names: []))
  #expect(try source.sample(1) == Array(pixels[12...]))
  let colours = try openSource(path, form: PictureForm(channels: 3))
  #expect(try colours.sample(0) == pixels[..<12].flatMap { [$0, $0, $0] })
  let short = try scratch.write("short", bytes(idx([3], [1, 2, 3])))
  #expect(throws: DataFileError.countsDiffer(path: path, samples: 2, labels: 3)) { try openSource(path, labels: short) }
}
